// Storage and Service Bus without a public address.
using '../main.bicep'

param environmentName = 'preview'
param location = 'westeurope'
param tenantInitialDomain = 'contoso.onmicrosoft.com'
param appSubnetId = '/subscriptions/00000000-0000-4000-8000-00000000000a/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub/subnets/app'
param endpointSubnetId = '/subscriptions/00000000-0000-4000-8000-00000000000a/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub/subnets/endpoints'
