#!/usr/bin/env pwsh
#requires -Version 7.4
# azd, after the resources are there: says what is left to a person, and grants a stage if one was
# chosen (`azd env set GRANT_STAGE report`).
$ErrorActionPreference = 'Stop'
if ($env:GRANT_STAGE) {
  & (Join-Path $PSScriptRoot 'grant-permissions.ps1') -Stage $env:GRANT_STAGE
  exit $LASTEXITCODE
}
if (-not $env:AZURE_IDENTITY_PRINCIPAL_ID -or -not $env:AZURE_STORAGE_ACCOUNT) {
  [Console]::Error.WriteLine('Run it by azd, or with the values of: azd env get-values')
  exit 2
}
Write-Output @"
The identity of the app holds no Graph permission yet. A Privileged Role Administrator runs

  scripts/grant-permissions.ps1 -Stage report -Principal $env:AZURE_IDENTITY_PRINCIPAL_ID

and somebody puts the policy there:

  az storage blob upload --auth-mode login --account-name $env:AZURE_STORAGE_ACCOUNT ``
    --container-name config --name policy.toml --file policy.toml
"@
