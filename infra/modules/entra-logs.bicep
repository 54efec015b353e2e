targetScope = 'tenant'
metadata description = 'Sign-in and audit logs of the directory into the same workspace. Optional: it takes Entra ID P1 and a Security Administrator who may write at the root scope.'

param name string
param workspaceId string

resource settings 'microsoft.aadiam/diagnosticSettings@2017-04-01' = {
  scope: tenant()
  name: name
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'SignInLogs', enabled: true }
      { category: 'AuditLogs', enabled: true }
    ]
  }
}
