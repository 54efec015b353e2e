metadata description = 'Where the log goes: Log Analytics, and Application Insights on top of it. No key opens either.'

param workspaceName string
param insightsName string
param location string
param tags { *: string }

@minValue(30)
@maxValue(730)
param retentionDays int

@description('What a day may cost at most, in GB of log; -1 for no limit. Alarms are blind once it is reached.')
param dailyQuotaGb int

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true }
    workspaceCapping: { dailyQuotaGb: dailyQuotaGb }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

output customerId string = workspace.properties.customerId
