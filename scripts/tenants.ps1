#!/usr/bin/env pwsh
#requires -Version 7.4
# Several installations side by side: one line for each azd environment, from its own log.
#   scripts/tenants.ps1 contoso fabrikam ...      (az login --tenant ... once for each)
param([Parameter(Mandatory, ValueFromRemainingArguments)] [string[]] $Environments)
# A file or a pipe gets no colour codes.
if ([Console]::IsOutputRedirected) { $PSStyle.OutputRendering = 'PlainText' }
# In a file, since az is a batch file on Windows: line ends and quotes within an argument are lost there.
$query = New-TemporaryFile
'../infra/alerts/lines.kql', '../infra/overview.kql' |
  ForEach-Object { Get-Content -Raw (Join-Path $PSScriptRoot $_) } | Set-Content $query
$failed = 0
$rows = foreach ($name in $Environments) {
  $workspace = azd env get-value AZURE_LOG_WORKSPACE_ID --environment $name
  $subscription = azd env get-value AZURE_SUBSCRIPTION_ID --environment $name
  $line = az monitor log-analytics query --workspace $workspace --subscription $subscription `
    --analytics-query "@$query" --timespan P2D `
    --query '[0].[Guests,Closed,Failed,DeadLetters,Stopped,Sweep]' --output tsv
  if (-not $line) {
    $failed = 1
    $line = "-`t-`t-`t-`t-`tcould not be asked: look at az login and azd env list"
  }
  $guests, $closed, $wrong, $dead, $stopped, $sweep = $line -split "`t"
  # The first row decides which columns are shown: each has all of them.
  [pscustomobject]@{
    installation = $name; guests = $guests; closed = $closed; failed = $wrong
    'dead-letters' = $dead; stopped = $stopped; 'last sweep' = $sweep
  }
}
Remove-Item $query
$rows | Format-Table -Wrap
exit $failed
