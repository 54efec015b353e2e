// What one azd up deploys without a word about it.
using '../main.bicep'

param environmentName = 'preview'
param location = 'westeurope'
param tenantInitialDomain = 'contoso.onmicrosoft.com'
