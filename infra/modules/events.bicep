metadata description = 'Tells Event Grid of new blobs. Whom to tell is added after deployment, by scripts/postdeploy: the key of the webhook exists only once the code runs.'

param name string
param location string
param tags { *: string }
param storageId string

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  properties: {
    source: storageId
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

output name string = topic.name
