metadata description = 'Alarms on what the app says of itself. Each query is a file of its own below infra/alerts, so that it can be tried by hand in the log.'

param prefix string
param location string
param tags { *: string }
param workspaceId string
param busId string

@description('Who gets a mail; none for no mails.')
param mails string[]

@description('A webhook that takes the common alert schema, such as a Teams workflow.')
@secure()
param webhook string

var queueNames = map(loadJsonContent('../servicebus.json').queues, queue => queue.name)
var lines = loadTextContent('../alerts/lines.kql')
var alarms = [
  {
    name: 'dead-letters'
    says: 'Messages crashed the app or could not be read.'
    query: loadTextContent('../alerts/dead-letters.kql')
    severity: 1
    every: 'PT5M'
    window: 'PT15M'
  }
  {
    name: 'dead-letters-not-closed'
    says: 'The row of a dead letter could not be closed; its body is kept.'
    query: loadTextContent('../alerts/dead-letters-not-closed.kql')
    severity: 1
    every: 'PT5M'
    window: 'PT15M'
  }
  {
    name: 'rows-failed'
    says: 'Requests were given up.'
    query: loadTextContent('../alerts/rows-failed.kql')
    severity: 2
    every: 'PT15M'
    window: 'PT30M'
  }
  {
    name: 'brake-held'
    says: 'Rows wait for an operator: a daily brake of the policy was reached.'
    query: loadTextContent('../alerts/brake-held.kql')
    severity: 1
    every: 'PT15M'
    window: 'PT30M'
  }
  {
    name: 'uploads-failed'
    says: 'A file that was dropped could not be taken in.'
    query: loadTextContent('../alerts/uploads-failed.kql')
    severity: 2
    every: 'PT15M'
    window: 'PT30M'
  }
  {
    name: 'sweep-stopped'
    says: 'A gate or a brake kept a sweep from acting.'
    query: loadTextContent('../alerts/sweep-stopped.kql')
    severity: 1
    every: 'PT15M'
    window: 'PT30M'
  }
  {
    name: 'no-nightly'
    says: 'What runs every night was not seen for 26 hours.'
    query: loadTextContent('../alerts/no-nightly.kql')
    severity: 1
    every: 'PT1H'
    window: 'P2D'
  }
  {
    name: 'throttled'
    says: 'The directory has been throttling for an hour.'
    query: loadTextContent('../alerts/throttled.kql')
    severity: 2
    every: 'PT15M'
    window: 'PT1H'
  }
  {
    name: 'no-sign-ins'
    says: 'Sign-in dates are missing: nobody can be called inactive.'
    query: loadTextContent('../alerts/no-sign-ins.kql')
    severity: 2
    every: 'PT1H'
    window: 'PT2H'
  }
  {
    name: 'mails-lost'
    says: 'Mails were dropped that could be sent, or a mail template has a fault.'
    query: loadTextContent('../alerts/mails-lost.kql')
    severity: 2
    every: 'PT15M'
    window: 'PT30M'
  }
  {
    name: 'activity-gap'
    says: 'The export of sign-ins or audit events has a gap.'
    query: loadTextContent('../alerts/activity-gap.kql')
    severity: 2
    every: 'PT1H'
    window: 'PT2H'
  }
  {
    name: 'overdue'
    says: 'Events to other services, or the sweep itself, are overdue.'
    query: loadTextContent('../alerts/overdue.kql')
    severity: 1
    every: 'PT15M'
    window: 'PT1H'
  }
]

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${prefix}-people'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'guestkeeper'
    enabled: true
    emailReceivers: [for (mail, i) in mails: {
      name: 'mail-${i}'
      emailAddress: mail
      useCommonAlertSchema: true
    }]
    webhookReceivers: empty(webhook) ? [] : [{ name: 'webhook', serviceUri: webhook, useCommonAlertSchema: true }]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = [for alarm in alarms: {
  name: '${prefix}-${alarm.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Guestkeeper: ${alarm.name}'
    description: alarm.says
    severity: alarm.severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: alarm.every
    windowSize: alarm.window
    autoMitigate: true
    // The tables come with the first line that the app writes.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: '${lines}\n${alarm.query}'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [group.id] }
  }
}]

// Sees a dead letter even while the app itself is down.
resource deadLettered 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${prefix}-dead-lettered'
  location: 'global'
  tags: tags
  properties: {
    description: 'Dead letters wait in a queue: the app is not there to keep them.'
    severity: 1
    enabled: true
    scopes: [busId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead letters'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'DeadletteredMessages'
          timeAggregation: 'Average'
          operator: 'GreaterThan'
          threshold: 0
          // Not the topics: what a listener of theirs could not read is not ours to empty.
          dimensions: [{ name: 'EntityName', operator: 'Include', values: queueNames }]
        }
      ]
    }
    actions: [{ actionGroupId: group.id }]
  }
}
