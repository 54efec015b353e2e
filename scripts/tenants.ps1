#!/usr/bin/env pwsh
# Several installations side by side: one line for each azd environment, from its own log.
#   scripts/tenants.ps1 contoso fabrikam ...      (az login --tenant ... once for each)
param([Parameter(Mandatory, ValueFromRemainingArguments)] [string[]] $Environments)
$query = (Get-Content -Raw (Join-Path $PSScriptRoot '../infra/alerts/lines.kql')) +
  (Get-Content -Raw (Join-Path $PSScriptRoot '../infra/overview.kql'))
$failed = 0
$rows = foreach ($name in $Environments) {
  $workspace = azd env get-value AZURE_LOG_WORKSPACE_ID --environment $name
  $subscription = azd env get-value AZURE_SUBSCRIPTION_ID --environment $name
  $line = az monitor log-analytics query --workspace $workspace --subscription $subscription `
    --analytics-query $query --timespan P2D `
    --query '[0].[Guests,Closed,Failed,DeadLetters,Stopped,Sweep]' --output tsv
  if (-not $line) {
    $failed = 1
    [pscustomobject]@{ installation = $name; guests = 'could not be asked: look at az login and azd env list' }
    continue
  }
  $guests, $closed, $wrong, $dead, $stopped, $sweep = $line -split "`t"
  [pscustomobject]@{
    installation = $name; guests = $guests; closed = $closed; failed = $wrong
    'dead-letters' = $dead; stopped = $stopped; 'last sweep' = $sweep
  }
}
$rows | Format-Table
exit $failed
