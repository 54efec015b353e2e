// Every switch on.
using '../main.bicep'

param environmentName = 'preview'
param location = 'westeurope'
param tenantInitialDomain = 'contoso.onmicrosoft.com'
param operators = [{ principalId: '00000000-0000-4000-8000-000000000001', type: 'Group' }]
param uploaders = [{ principalId: '00000000-0000-4000-8000-000000000002', type: 'Group' }]
param senders = [{ principalId: '00000000-0000-4000-8000-000000000003', queue: 'guest-invitations' }]
param listeners = [{ principalId: '00000000-0000-4000-8000-000000000004', topic: 'guest-events' }]
param alarmMails = ['identity@contoso.example']
param activityTable = true
param entraLogs = true
param eventGridOnly = true
param settings = { MAIL_FROM: 'guests@contoso.example' }
