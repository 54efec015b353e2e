# Connect-AzAccount first; Service Bus is spoken to over HTTPS, so no module for it is needed.
$body = @'
{
  "schema": "guest-invitation/1",
  "sender": "supplier-portal",
  "correlationId": "onboarding-2026-1142",
  "email": "lena.example@fabrikam.com",
  "displayName": "Lena Example",
  "groups": ["Partner-Aurora"],
  "expiresOn": "2027-05-31"
}
'@

$token = (Get-AzAccessToken -ResourceUrl "https://servicebus.azure.net" -AsSecureString).Token
Invoke-RestMethod -Method Post `
    -Uri "https://$env:SERVICEBUS_NAMESPACE/guest-invitations/messages" `
    -Authentication Bearer -Token $token `
    -ContentType "application/json; charset=utf-8" `
    -Headers @{ BrokerProperties = '{"MessageId":"supplier-portal.onboarding-2026-1142"}' } `
    -Body ([Text.Encoding]::UTF8.GetBytes($body))
