#!/usr/bin/env pwsh
#requires -Version 7.4
# Gives the app's identity the Graph permissions of a stage, or takes a stage back.
# What each is for stands in infra/permissions.json. Running it twice changes nothing.
# Whoever runs it needs the role Privileged Role Administrator or Global Administrator.
param(
  [Parameter(Mandatory)] [ValidateSet('report', 'invite', 'enforce')] [string] $Stage,
  [ValidateSet('mail')] [string] $With, # read docs/operate.md first
  [switch] $TakeBack,
  [string] $Principal = $env:AZURE_IDENTITY_PRINCIPAL_ID,
  [switch] $Yes
)
$ErrorActionPreference = 'Stop'
function Stop-Script([string] $sentence, [int] $code = 1) {
  [Console]::Error.WriteLine($sentence)
  exit $code
}
$PSNativeCommandUseErrorActionPreference = $true
if (-not $Principal) { Stop-Script 'Whose permissions? Give -Principal: azd env get-values gives AZURE_IDENTITY_PRINCIPAL_ID.' 64 }

$graph = 'https://graph.microsoft.com/v1.0'
$file = Get-Content -Raw (Join-Path $PSScriptRoot '../infra/permissions.json') | ConvertFrom-Json
$stages = @($file.stages.PSObject.Properties.Name)
# The set above takes any case, IndexOf only one: -1 would reach the last stage from the wrong end.
$at = $stages.IndexOf($Stage.ToLowerInvariant())
if ($at -lt 0) { Stop-Script "There is no stage $Stage in infra/permissions.json." 64 }
$wanted = if ($TakeBack) { $stages[$at..($stages.Count - 1)] } else { $stages[0..$at] }
$rows = @($file.permissions | Where-Object {
  $_.stage -in $wanted -and ($TakeBack -or -not $_.with -or $_.with -eq $With) })
$app = $file.resource

# Not servicePrincipals(appId=...): az is a batch file on Windows, and a bracket outside of quotes ends its if.
$resource = az rest --method get --url "$graph/servicePrincipals?`$filter=appId eq '$app'" `
  --query 'value[0].id' --output tsv
$name = az rest --method get --url "$graph/servicePrincipals/$Principal" --query displayName --output tsv
$held = @{}
az rest --method get --url "$graph/servicePrincipals/$Principal/appRoleAssignments" `
  --query "value[?resourceId=='$resource'].[appRoleId,id]" --output tsv |
  ForEach-Object { $role, $assignment = $_ -split "`t"; $held[$role] = $assignment }

$todo = @()
Write-Output "$name ($Principal):"
foreach ($one in $rows) {
  if (-not $one.id) {
    $one.id = az rest --method get --url "$graph/servicePrincipals/$resource" `
      --query "appRoles[?value=='$($one.name)'].id | [0]" --output tsv
    if (-not $one.id) { Write-Output "    $($one.name)  is not known to Graph in this tenant"; continue }
  }
  $assignment = $held[$one.id]
  if ($TakeBack -and $assignment) {
    Write-Output "  - $($one.name)  ($($one.stage): $($one.reason))"
    $todo += $assignment
  } elseif (-not $TakeBack -and -not $assignment) {
    Write-Output "  + $($one.name)  ($($one.stage): $($one.reason))"
    $todo += $one.id
  } elseif ($assignment) {
    Write-Output "    $($one.name)  is held already"
  } else {
    Write-Output "    $($one.name)  is not held"
  }
}
if (-not $todo) { Write-Output 'Nothing to do.'; exit 0 }
if (-not $Yes) {
  $answer = Read-Host 'This takes a Privileged Role Administrator or Global Administrator. Go on? [y/N]'
  if ($answer -notin 'y', 'Y', 'yes') { Write-Output 'Nothing was changed.'; exit 1 }
}
foreach ($one in $todo) {
  if ($TakeBack) {
    az rest --method delete --url "$graph/servicePrincipals/$Principal/appRoleAssignments/$one"
  } else {
    # A file, since PowerShell before 7.3 takes the quotes out of an argument.
    $body = New-TemporaryFile
    @{ principalId = $Principal; resourceId = $resource; appRoleId = $one } | ConvertTo-Json | Set-Content $body
    az rest --method post --url "$graph/servicePrincipals/$Principal/appRoleAssignments" `
      --body "@$body" --output none
    Remove-Item $body
  }
}
Write-Output 'Done. The app asks for a new token within a day; until then it holds what its last one says.'
