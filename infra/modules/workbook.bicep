metadata description = 'One page that shows how it goes.'

param location string
param tags { *: string }
param workspaceId string
param busId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspaceId, 'guestkeeper')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Guestkeeper'
    category: 'workbook'
    sourceId: workspaceId
    serializedData: replace(replace(loadTextContent('../workbook.json'), '{workspace}', workspaceId), '{bus}', busId)
  }
}
