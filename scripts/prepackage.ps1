#!/usr/bin/env pwsh
#requires -Version 7.4
# azd, before it packs: builds build/package, which is what gets deployed.
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
Set-Location (Join-Path $PSScriptRoot '..')
$python = if ($env:PYTHON) { $env:PYTHON } else { 'python' }
& $python scripts/build_package.py
