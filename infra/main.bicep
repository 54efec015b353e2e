targetScope = 'subscription'
metadata description = 'Guestkeeper in one resource group of its own. `azd up` asks for what has no default; docs/operate.md tells the rest.'

import { retentionDays } from 'modules/storage.bicep'
import { sender, listener, person } from 'modules/roles.bicep'
import { appSettings } from 'modules/app.bicep'

@minLength(1)
@maxLength(40)
@description('The name of this installation: one for each tenant.')
param environmentName string

param location string

@description('The tenant\'s first domain, such as contoso.onmicrosoft.com.')
param tenantInitialDomain string

@description('The person who deploys becomes an operator; a pipeline does not.')
param principalId string = ''

@allowed(['User', 'ServicePrincipal'])
param principalType string = 'User'

@description('Groups that run `python -m b2b` and change the policy.')
param operators person[] = []

@description('Groups that may drop files.')
param uploaders person[] = []

@description('Services that may send requests: their principal, the queue, and if they ask for links the container of those.')
param senders sender[] = []

@description('Services that hear what happened to guests: their principal, and the topic.')
param listeners listener[] = []

@description('Who gets alarms by mail.')
param alarmMails string[] = []

@description('A webhook for alarms, such as a Teams workflow.')
@secure()
param alarmWebhook string = ''

@description('On-demand instances of each function.')
param instances int = 2

@allowed([512, 2048, 4096])
param memory int = 2048

@description('App settings that differ from local.settings.example.json.')
param settings appSettings = {}

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param redundancy string = 'Standard_ZRS'

@description('Days until a file is deleted.')
param retention retentionDays = {
  uploads: 90
  results: 90
  links: 30
  reports: 400
  activity: 400
  departures: 400
  deadLetters: 90
  snapshots: 35
  versions: 30
}

@description('Days that the log is kept.')
param logDays int = 90

param logDailyGb int = 5

@description('Also send the directory\'s sign-in and audit logs to the workspace.')
param entraLogs bool = false

@description('Also write guest sign-ins and audit events to tables of the workspace.')
param activityTable bool = false

@description('Subnet of the app (delegated to Microsoft.App/environments). With both subnets, storage and Service Bus have no public door.')
param appSubnetId string = ''

@description('Subnet of the private endpoints.')
param endpointSubnetId string = ''

@description('Refuse every caller of the webhook but Event Grid.')
param eventGridOnly bool = false

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
// Computed here, not handed back by modules: a preview (what-if) cannot see into a module whose parameters are
// the outputs of another one. https://learn.microsoft.com/azure/azure-resource-manager/bicep/linter-rule-what-if-short-circuiting
var names = {
  app: 'func-guestkeeper-${token}'
  storage: 'stguest${token}'
  bus: 'sb-guestkeeper-${token}'
  busHost: 'sb-guestkeeper-${token}.servicebus.windows.net'
  insights: 'appi-guestkeeper-${token}'
  workspace: 'log-guestkeeper-${token}'
}
var workspaceId = resourceId(subscription().subscriptionId, group.name, 'Microsoft.OperationalInsights/workspaces', names.workspace)
var busId = resourceId(subscription().subscriptionId, group.name, 'Microsoft.ServiceBus/namespaces', names.bus)
var storageId = resourceId(subscription().subscriptionId, group.name, 'Microsoft.Storage/storageAccounts', names.storage)
var isPrivate = !empty(appSubnetId) && !empty(endpointSubnetId)
var byHand = !empty(principalId) && principalType == 'User'
var deployer = byHand ? [{ principalId: principalId, type: principalType }] : []

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-guestkeeper-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: { name: 'id-guestkeeper-${token}', location: location, tags: tags }
}

module telemetry 'modules/telemetry.bicep' = {
  name: 'telemetry'
  scope: group
  params: {
    workspaceName: names.workspace
    insightsName: names.insights
    location: location
    tags: tags
    retentionDays: logDays
    dailyQuotaGb: logDailyGb
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  dependsOn: [telemetry]
  params: {
    name: names.storage
    location: location
    tags: tags
    publicAccess: !isPrivate
    redundancy: redundancy
    retention: retention
    linkContainers: union([], map(filter(senders, one => !empty(one.?links)), one => one.?links ?? ''))
    workspaceId: workspaceId
  }
}

module bus 'modules/bus.bicep' = {
  name: 'bus'
  scope: group
  dependsOn: [telemetry]
  params: {
    name: names.bus
    location: location
    tags: tags
    sku: isPrivate ? 'Premium' : 'Standard'
    publicAccess: !isPrivate
    workspaceId: workspaceId
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  scope: group
  dependsOn: [storage, bus, telemetry]
  params: {
    storageName: names.storage
    busName: names.bus
    insightsName: names.insights
    app: identity.outputs.principalId
    senders: senders
    listeners: listeners
    uploaders: uploaders
    // A union: who stands in the list as well is given each right once.
    operators: union(operators, deployer)
  }
}

module activity 'modules/activity-table.bicep' = if (activityTable) {
  name: 'activity-table'
  scope: group
  dependsOn: [telemetry]
  params: {
    name: 'dcr-guestkeeper-${token}'
    location: location
    tags: tags
    workspaceName: names.workspace
    app: identity.outputs.principalId
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  scope: group
  // Without its rights the host would start in vain.
  dependsOn: [roles]
  params: {
    planName: 'plan-guestkeeper-${token}'
    name: names.app
    location: location
    tags: tags
    identityId: identity.outputs.id
    clientId: identity.outputs.clientId
    storageName: names.storage
    packages: 'https://${names.storage}.blob.${environment().suffixes.storage}/packages'
    busHost: names.busHost
    insightsName: names.insights
    tenantInitialDomain: tenantInitialDomain
    instances: instances
    memory: memory
    #disable-next-line BCP318
    logsEndpoint: activityTable ? activity.outputs.endpoint : ''
    #disable-next-line BCP318
    logsRule: activityTable ? activity.outputs.rule : ''
    settings: settings
    subnetId: appSubnetId
    eventGridOnly: eventGridOnly
  }
}

module events 'modules/events.bicep' = {
  name: 'events'
  scope: group
  dependsOn: [storage]
  params: {
    name: 'evgt-guestkeeper-${token}'
    location: location
    tags: tags
    storageId: storageId
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  dependsOn: [telemetry, bus]
  params: {
    prefix: 'guestkeeper-${environmentName}'
    location: location
    tags: tags
    workspaceId: workspaceId
    busId: busId
    mails: alarmMails
    webhook: alarmWebhook
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  scope: group
  dependsOn: [telemetry, bus]
  params: {
    location: location
    tags: tags
    workspaceId: workspaceId
    busId: busId
  }
}

module privateEndpoints 'modules/private-endpoints.bicep' = if (isPrivate) {
  name: 'private-endpoints'
  scope: group
  dependsOn: [storage, bus]
  params: {
    prefix: 'pe-guestkeeper-${token}'
    location: location
    tags: tags
    subnetId: endpointSubnetId
    storageId: storageId
    busId: busId
  }
}

module directoryLogs 'modules/entra-logs.bicep' = if (entraLogs) {
  name: 'guestkeeper-entra-logs-${environmentName}'
  scope: tenant()
  dependsOn: [telemetry]
  params: {
    name: 'guestkeeper-${environmentName}'
    workspaceId: workspaceId
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_APP string = names.app
output AZURE_FUNCTION_HOST string = app.outputs.host
output AZURE_STORAGE_ACCOUNT string = names.storage
output AZURE_EVENTGRID_TOPIC string = events.outputs.name
output AZURE_IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output AZURE_LOG_WORKSPACE_ID string = telemetry.outputs.customerId
// As the app's settings are called, so that `azd env get-values` is all that the command line needs.
output TENANT_ID string = tenant().tenantId
output TENANT_INITIAL_DOMAIN string = tenantInitialDomain
output AZUREWEBJOBSSTORAGE__ACCOUNTNAME string = names.storage
output SERVICEBUS__FULLYQUALIFIEDNAMESPACE string = names.busHost
