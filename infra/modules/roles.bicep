metadata description = 'Who may do what: the app, services that send requests, people who drop files, operators. Each right is a row.'

param storageName string
param busName string
param insightsName string

@description('The principal of the app\'s identity.')
param app string

@description('Services that may send requests: one row per service and queue or topic.')
param senders sender[]

@description('Services that hear what happened to guests, from every subscription of a topic.')
param listeners listener[]

@description('Groups (or users) that may drop files.')
param uploaders person[]

@description('Groups (or users) that run `python -m b2b` and change the policy.')
param operators person[]

@export()
@description('The queues that take requests of others. What is between functions of ours is nobody\'s to send to.')
type sender = { principalId: string, queue: 'guest-invitations' | 'guest-departures' }

@export()
type listener = { principalId: string, topic: string }

@export()
type person = { principalId: string, type: 'Group' | 'User' | 'ServicePrincipal' }

var entities = loadJsonContent('../servicebus.json')
var role = loadJsonContent('../roles.json')
var queueNames = map(entities.queues, queue => queue.name)
var topicNames = map(entities.topics, topic => topic.name)
// Not the deployed code, and nothing of the host's own (its keys): who writes those acts as the app.
var openContainers = filter(objectKeys(loadJsonContent('../containers.json')), name => name != 'packages')
// Bicep has no loop within a loop: one flat list of (person, container), each once.
var shelves = union(
  flatten(map(operators, one => map(openContainers, name => union(one, { container: name })))),
  map(uploaders, one => union(one, { container: 'uploads' }))
)

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' existing = [for one in shelves: {
  name: '${storageName}/default/${one.container}'
}]

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: busName
}

resource queues 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = [for name in queueNames: {
  parent: namespace
  name: name
}]

resource topics 'Microsoft.ServiceBus/namespaces/topics@2024-01-01' existing = [for name in topicNames: {
  parent: namespace
  name: name
}]

resource doors 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = [for one in senders: {
  parent: namespace
  name: one.queue
}]

resource voices 'Microsoft.ServiceBus/namespaces/topics@2024-01-01' existing = [for one in listeners: {
  parent: namespace
  name: one.topic
}]

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource appOnStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for name in ['blobOwner', 'queueContributor', 'tableContributor']: {
  scope: account
  name: guid(account.id, app, role[name])
  properties: {
    principalId: app
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role[name])
  }
}]

resource appReceives 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (name, i) in queueNames: {
  scope: queues[i]
  name: guid(busName, name, app, role.busReceiver)
  properties: {
    principalId: app
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.busReceiver)
  }
}]

resource appSends 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (name, i) in queueNames: {
  scope: queues[i]
  name: guid(busName, name, app, role.busSender)
  properties: {
    principalId: app
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.busSender)
  }
}]

resource appTells 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (name, i) in topicNames: {
  scope: topics[i]
  name: guid(busName, name, app, role.busSender)
  properties: {
    principalId: app
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.busSender)
  }
}]

resource appReports 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, app, role.metricsPublisher)
  properties: {
    principalId: app
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.metricsPublisher)
  }
}

resource othersSend 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (one, i) in senders: {
  scope: doors[i]
  name: guid(busName, one.queue, one.principalId, role.busSender)
  properties: {
    principalId: one.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.busSender)
  }
}]

resource othersListen 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (one, i) in listeners: {
  scope: voices[i]
  name: guid(busName, one.topic, one.principalId, role.busReceiver)
  properties: {
    principalId: one.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.busReceiver)
  }
}]

resource peoplesFiles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (one, i) in shelves: {
  scope: containers[i]
  name: guid(account.id, one.container, one.principalId, role.blobContributor)
  properties: {
    principalId: one.principalId
    principalType: one.type
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.blobContributor)
  }
}]

resource operatorsLedger 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for one in operators: {
  scope: account
  name: guid(account.id, one.principalId, role.tableContributor)
  properties: {
    principalId: one.principalId
    principalType: one.type
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.tableContributor)
  }
}]

resource operatorsAsk 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for one in operators: {
  scope: namespace
  name: guid(namespace.id, one.principalId, role.busSender)
  properties: {
    principalId: one.principalId
    principalType: one.type
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.busSender)
  }
}]
