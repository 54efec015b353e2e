metadata description = 'Guest sign-ins and audit events as tables of the workspace, besides the files. Optional: the files are enough for the audits.'

param name string
param location string
param tags { *: string }
param workspaceName string

@description('The principal of the app\'s identity.')
param app string

var role = loadJsonContent('../roles.json')
var kinds = ['GuestSignIns', 'GuestAudits']
// Not `Id`: that name is the workspace's own, in tables of ours.
var columns = [
  { name: 'TimeGenerated', type: 'datetime' }
  { name: 'EventTime', type: 'datetime' }
  { name: 'EventId', type: 'string' }
  { name: 'Event', type: 'dynamic' }
]

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource tables 'Microsoft.OperationalInsights/workspaces/tables@2025-02-01' = [for kind in kinds: {
  parent: workspace
  name: '${kind}_CL'
  properties: {
    schema: { name: '${kind}_CL', columns: columns }
  }
}]

resource door 'Microsoft.Insights/dataCollectionEndpoints@2023-03-11' = {
  name: replace(name, 'dcr-', 'dce-')
  location: location
  tags: tags
  properties: {
    networkAcls: { publicNetworkAccess: 'Enabled' }
  }
}

resource rule 'Microsoft.Insights/dataCollectionRules@2023-03-11' = {
  name: name
  location: location
  tags: tags
  dependsOn: [tables]
  properties: {
    dataCollectionEndpointId: door.id
    streamDeclarations: {
      'Custom-GuestSignIns': { columns: columns }
      'Custom-GuestAudits': { columns: columns }
    }
    destinations: {
      logAnalytics: [{ name: 'workspace', workspaceResourceId: workspace.id }]
    }
    dataFlows: [for kind in kinds: {
      streams: ['Custom-${kind}']
      destinations: ['workspace']
      transformKql: 'source'
      outputStream: 'Custom-${kind}_CL'
    }]
  }
}

resource appWrites 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: rule
  name: guid(rule.id, app, role.metricsPublisher)
  properties: {
    principalId: app
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.metricsPublisher)
  }
}

output endpoint string = door.properties.logsIngestion.endpoint
output rule string = rule.properties.immutableId
