#!/usr/bin/env bash
# az login first. The Azure CLI has no command that sends messages; az rest has.
set -euo pipefail

body=$(cat <<'JSON'
{
  "schema": "guest-invitation/1",
  "sender": "supplier-portal",
  "correlationId": "onboarding-2026-1142",
  "email": "lena.example@fabrikam.com",
  "displayName": "Lena Example",
  "groups": ["Partner-Aurora"],
  "expiresOn": "2027-05-31"
}
JSON
)

az rest --method post \
  --resource "https://servicebus.azure.net" \
  --url "https://${SERVICEBUS_NAMESPACE}/guest-invitations/messages" \
  --headers "Content-Type=application/json" \
    'BrokerProperties={"MessageId":"supplier-portal.onboarding-2026-1142"}' \
  --body "$body"
