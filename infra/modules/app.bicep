metadata description = 'The app: Flex Consumption, Python 3.11, every connection by identity. Its settings are those of local.settings.example.json, with Azure in the place of the sandbox.'

param planName string
param name string
param location string
param tags { *: string }
param identityId string
param clientId string
param storageName string
param packages string
param busHost string
param insightsName string
param tenantInitialDomain string

@description('On-demand instances of each function: two nearly fill what Graph lets one app write (docs/decisions/pace.md).')
@minValue(1)
@maxValue(40)
param instances int

@allowed([512, 2048, 4096])
param memory int

@description('Where activity goes besides files: endpoint and id of the data collection rule; empty for nowhere.')
param logsEndpoint string
param logsRule string

@description('App settings that differ from the example, such as {"SWEEP_SCHEDULE": "0 */10 22-23 * * *"}.')
param settings appSettings

@description('A delegated subnet (Microsoft.App/environments) for calls from the app; empty for none.')
param subnetId string

@description('Only Event Grid may call the webhook; everybody else gets 403 from the platform.')
param eventGridOnly bool

@export()
@description('Values are text, as the platform keeps them.')
type appSettings = { *: string }

// What only a machine of ours needs: connection strings would beat the identity, and the runtime
// is said below.
var onlyLocal = ['FUNCTIONS_WORKER_RUNTIME', 'AzureWebJobsStorage', 'SERVICEBUS']
var example = loadJsonContent('../../local.settings.example.json').Values
var shared = toObject(filter(items(example), setting => !contains(onlyLocal, setting.key)), setting => setting.key, setting => setting.value)
var fromEventGrid = { name: 'event-grid', priority: 100, action: 'Allow', tag: 'ServiceTag', ipAddress: 'AzureEventGrid' }
var ours = {
  AzureWebJobsStorage__accountName: storageName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: clientId
  SERVICEBUS__fullyQualifiedNamespace: busHost
  SERVICEBUS__credential: 'managedidentity'
  SERVICEBUS__clientId: clientId
  AZURE_CLIENT_ID: clientId
  AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential'
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'
  TENANT_ID: tenant().tenantId
  TENANT_INITIAL_DOMAIN: tenantInitialDomain
  GRAPH_URL: 'https://graph.microsoft.com/v1.0'
  UPLOAD_SOURCE: 'EventGrid'
  ACTIVITY_LOGS_ENDPOINT: logsEndpoint
  ACTIVITY_LOGS_RULE: logsRule
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  // checkov:skip=CKV_AZURE_225: Flex Consumption spreads its instances itself; one scale unit lost costs minutes, not messages
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource site 'Microsoft.Web/sites@2024-11-01' = {
  // checkov:skip=CKV_AZURE_222: Event Grid calls the webhook from outside; eventGridOnly refuses everybody else
  // checkov:skip=CKV_AZURE_17: there is no HTTP function, and Event Grid shows no client certificate
  // checkov:skip=CKV_AZURE_212: it scales to nothing when there is nothing to do; messages wait in queues
  // checkov:skip=CKV_AZURE_213: health checks do not exist on Flex Consumption
  // checkov:skip=CKV_AZURE_78: nor does FTP, and its property is not to be set there
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packages
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: { name: 'python', version: '3.11' }
      scaleAndConcurrency: {
        maximumInstanceCount: instances
        instanceMemoryMB: memory
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      http20Enabled: true
      ipSecurityRestrictionsDefaultAction: eventGridOnly ? 'Deny' : 'Allow'
      ipSecurityRestrictions: eventGridOnly ? [fromEventGrid] : []
      appSettings: map(items(union(shared, ours, settings)), setting => { name: setting.key, value: setting.value })
    }
  }
}

// Publishing by user name and password stays off: deployment is by Entra ID alone.
resource ftp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'ftp'
  properties: { allow: false }
}

resource scm 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'scm'
  properties: { allow: false }
}

@description('Where the webhook answers, without a scheme.')
output host string = site.properties.defaultHostName
