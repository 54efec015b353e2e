metadata description = 'One account for the host, the files and the ledger. No shared key, no anonymous reader, nothing lost by one careless delete.'

param name string
param location string
param tags { *: string }
param publicAccess bool
param redundancy string
param workspaceId string

@description('A container for each service that asks for redemption links, which it alone may read.')
param linkContainers string[]

@description('Days until a file is deleted, by kind. Versions and soft-deleted files go after `versions` days.')
param retention retentionDays

@export()
type retentionDays = {
  uploads: int
  results: int
  links: int
  reports: int
  activity: int
  departures: int
  deadLetters: int
  snapshots: int
  versions: int
}

// A file that people may still ask for again (retry reads the upload) outlives its results.
var rules = [
  { name: 'uploads', days: retention.uploads }
  { name: 'results', days: retention.results }
  { name: 'reports', days: retention.reports }
  { name: 'sweeps', days: retention.versions }
  { name: 'departures', days: retention.departures }
  { name: 'activity-outbox', days: retention.versions }
  { name: 'activity', days: retention.activity }
  { name: 'dead-letters', days: retention.deadLetters }
  { name: 'snapshots', days: retention.snapshots }
]

var linkRules = map(linkContainers, name => { name: name, days: retention.links })

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  // checkov:skip=CKV_AZURE_35: denied with private networking; else people drop files from their desks, by Entra ID alone
  // checkov:skip=CKV_AZURE_206: zone-redundant by default, geo-redundant by the parameter redundancy
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: redundancy }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    // Event Grid and the platform's package loader come as trusted services.
    networkAcls: { bypass: 'AzureServices', defaultAction: publicAccess ? 'Allow' : 'Deny' }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: true
    deleteRetentionPolicy: { enabled: true, days: retention.versions }
    containerDeleteRetentionPolicy: { enabled: true, days: retention.versions }
  }
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices@2025-01-01' = {
  parent: account
  name: 'default'
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2025-01-01' = {
  parent: account
  name: 'default'
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = [for container in items(loadJsonContent('../containers.json')): {
  parent: blobs
  name: container.key
  properties: { publicAccess: 'None' }
}]

resource links 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = [for name in linkContainers: {
  parent: blobs
  name: name
  properties: { publicAccess: 'None' }
}]

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-01-01' = {
  parent: account
  name: 'default'
  dependsOn: [blobs]
  properties: {
    policy: {
      rules: concat(
        map(concat(rules, linkRules), rule => {
          name: 'forget-${rule.name}'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['${rule.name}/'] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: rule.days } } }
          }
        }),
        [
          {
            name: 'forget-versions'
            enabled: true
            type: 'Lifecycle'
            definition: {
              filters: { blobTypes: ['blockBlob'] }
              actions: { version: { delete: { daysAfterCreationGreaterThan: retention.versions } } }
            }
          }
        ]
      )
    }
  }
}

// Who wrote and deleted what, and who read files: results and the ledger hold addresses.
resource blobsAudit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: blobs
  name: 'to-log-analytics'
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageRead', enabled: true }
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

resource tablesAudit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: tables
  name: 'to-log-analytics'
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageRead', enabled: false }
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

resource queuesAudit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: queues
  name: 'to-log-analytics'
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageRead', enabled: false }
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

