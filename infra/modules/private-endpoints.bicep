metadata description = 'Storage and Service Bus answer inside your network only. The DNS zones (privatelink.*) are yours to keep, as in every hub.'

param prefix string
param location string
param tags { *: string }
param subnetId string
param storageId string
param busId string

var doors = [
  { name: 'blob', target: storageId, group: 'blob' }
  { name: 'queue', target: storageId, group: 'queue' }
  { name: 'table', target: storageId, group: 'table' }
  { name: 'bus', target: busId, group: 'namespace' }
]

#disable-next-line BCP081
resource endpoints 'Microsoft.Network/privateEndpoints@2024-05-01' = [for door in doors: {
  name: '${prefix}-${door.name}'
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      {
        name: door.name
        properties: { privateLinkServiceId: door.target, groupIds: [door.group] }
      }
    ]
  }
}]
