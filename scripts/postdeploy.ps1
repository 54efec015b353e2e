#!/usr/bin/env pwsh
#requires -Version 7.4
# azd, after the code is there: Event Grid is told to call the app for each new file in uploads.
# The key of the webhook exists only once the host has loaded a blob trigger, so this waits for it.
# Running it again renews the key; a file whose event is lost meanwhile is found within the hour.
$ErrorActionPreference = 'Stop'
function Stop-Script([string] $sentence, [int] $code = 1) {
  [Console]::Error.WriteLine($sentence)
  exit $code
}
foreach ($name in 'AZURE_RESOURCE_GROUP', 'AZURE_FUNCTION_APP', 'AZURE_FUNCTION_HOST', 'AZURE_EVENTGRID_TOPIC') {
  if (-not [Environment]::GetEnvironmentVariable($name)) {
    Stop-Script "$name is not set. Run it by azd, or with the values of: azd env get-values" 2
  }
}
$pause = if ($env:PAUSE_SECONDS) { [int]$env:PAUSE_SECONDS } else { 15 }
$PSNativeCommandUseErrorActionPreference = $false # an app that is not there yet is no error

function Wait-OnceMore([int] $left, [string] $why) {
  if ($left -le 0) { Stop-Script "$why Look at its log stream, then run: azd hooks run postdeploy" }
  Write-Host 'Waiting for the app to load ...'
  Start-Sleep -Seconds $pause
}

$key = ''
$tries = if ($env:TRIES) { [int]$env:TRIES } else { 40 }
while (-not $key) {
  $key = az functionapp keys list --resource-group $env:AZURE_RESOURCE_GROUP --name $env:AZURE_FUNCTION_APP `
    --query systemKeys.blobs_extension --output tsv 2>$null
  if (-not $key) { Wait-OnceMore (--$tries) 'The app has not loaded its blob trigger.' }
}

# The ampersand stays whole: az is a batch file on Windows, and cmd would end the argument there.
$endpoint = "https://$env:AZURE_FUNCTION_HOST/runtime/webhooks/blobs?functionName=Host.Functions.take_in_upload&code=$key"
if ($IsWindows) { $endpoint = '"' + $endpoint + '"' }
# Event Grid calls the webhook before it believes in it; an app that just starts may be too slow to answer.
$tries = if ($env:TRIES) { [int]$env:TRIES } else { 8 }
while ($true) {
  az eventgrid system-topic event-subscription create --resource-group $env:AZURE_RESOURCE_GROUP `
    --system-topic-name $env:AZURE_EVENTGRID_TOPIC --name uploads --endpoint-type webhook `
    --endpoint $endpoint `
    --included-event-types Microsoft.Storage.BlobCreated `
    --subject-begins-with /blobServices/default/containers/uploads/ `
    --max-delivery-attempts 30 --event-ttl 1440 --output none
  if ($LASTEXITCODE -eq 0) { break }
  Wait-OnceMore (--$tries) 'The app did not answer Event Grid.'
}
Write-Output "Files in uploads reach $env:AZURE_FUNCTION_APP."
