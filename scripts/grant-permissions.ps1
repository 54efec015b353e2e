#!/usr/bin/env pwsh
# Gives the app's identity the Graph permissions of a stage, or takes a stage back.
# What each is for stands in infra/permissions.json. Running it twice changes nothing.
# Whoever runs it needs the role Privileged Role Administrator or Global Administrator.
param(
  [Parameter(Mandatory)] [ValidateSet('report', 'invite', 'enforce')] [string] $Stage,
  [switch] $TakeBack,
  [string] $Principal = $env:AZURE_IDENTITY_PRINCIPAL_ID,
  [switch] $Yes
)
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
if (-not $Principal) { throw 'Whose permissions? Give -Principal: azd env get-values gives AZURE_IDENTITY_PRINCIPAL_ID.' }

$graph = 'https://graph.microsoft.com/v1.0'
$file = Get-Content -Raw (Join-Path $PSScriptRoot '../infra/permissions.json') | ConvertFrom-Json
$stages = @($file.stages.PSObject.Properties.Name)
$at = $stages.IndexOf($Stage)
$wanted = if ($TakeBack) { $stages[$at..($stages.Count - 1)] } else { $stages[0..$at] }
$rows = @($file.permissions | Where-Object { $_.stage -in $wanted })
$app = $file.resource

$resource = az rest --method get --url "$graph/servicePrincipals(appId='$app')" --query id --output tsv
$name = az rest --method get --url "$graph/servicePrincipals/$Principal" --query displayName --output tsv
$held = @{}
az rest --method get --url "$graph/servicePrincipals/$Principal/appRoleAssignments" `
  --query "value[?resourceId=='$resource'].[appRoleId,id]" --output tsv |
  ForEach-Object { $role, $assignment = $_ -split "`t"; $held[$role] = $assignment }

$todo = @()
Write-Output "$name ($Principal):"
foreach ($one in $rows) {
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
