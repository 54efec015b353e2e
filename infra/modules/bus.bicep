metadata description = 'Service Bus: the queues and topics of infra/servicebus.json, which the sandbox reads too.'

param name string
param location string
param tags { *: string }

@description('Premium is needed for private endpoints; everything else works on Standard.')
@allowed(['Standard', 'Premium'])
param sku string

param publicAccess bool
param workspaceId string

var entities = loadJsonContent('../servicebus.json')

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku, tier: sku, capacity: sku == 'Premium' ? 1 : null }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    zoneRedundant: sku == 'Premium'
  }
}

resource queues 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [for queue in entities.queues: {
  parent: namespace
  name: queue.name
  properties: {
    lockDuration: queue.lockDuration
    maxDeliveryCount: queue.maxDeliveryCount
    requiresDuplicateDetection: queue.requiresDuplicateDetection
    duplicateDetectionHistoryTimeWindow: queue.duplicateDetectionHistoryTimeWindow
    deadLetteringOnMessageExpiration: queue.deadLetteringOnMessageExpiration
    defaultMessageTimeToLive: queue.defaultMessageTimeToLive
  }
}]

resource topics 'Microsoft.ServiceBus/namespaces/topics@2024-01-01' = [for topic in entities.topics: {
  parent: namespace
  name: topic.name
  properties: {
    requiresDuplicateDetection: topic.?requiresDuplicateDetection ?? true
    duplicateDetectionHistoryTimeWindow: topic.?duplicateDetectionHistoryTimeWindow ?? 'PT1H'
    defaultMessageTimeToLive: topic.?defaultMessageTimeToLive ?? 'P14D'
  }
}]

// Bicep has no loop within a loop: one flat list of (topic, subscription).
var subscriptions = flatten(map(entities.topics, topic => map(topic.?subscriptions ?? [], one => union(one, { topic: topic.name }))))

resource listeners 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2024-01-01' = [for one in subscriptions: {
  name: '${name}/${one.topic}/${one.name}'
  dependsOn: [topics]
  properties: {
    lockDuration: one.?lockDuration ?? 'PT1M'
    maxDeliveryCount: one.?maxDeliveryCount ?? 10
    deadLetteringOnMessageExpiration: one.?deadLetteringOnMessageExpiration ?? true
    defaultMessageTimeToLive: one.?defaultMessageTimeToLive ?? 'P14D'
  }
}]

// Who connected, and who changed what; the messages themselves are never logged.
resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: namespace
  name: 'to-log-analytics'
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'OperationalLogs', enabled: true }
      { category: 'RuntimeAuditLogs', enabled: sku == 'Premium' }
    ]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}
