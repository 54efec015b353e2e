// node send.mjs   (npm install @azure/service-bus @azure/identity)
import { ServiceBusClient } from "@azure/service-bus";
import { DefaultAzureCredential } from "@azure/identity";

const body =
{
  "schema": "guest-invitation/1",
  "sender": "supplier-portal",
  "correlationId": "onboarding-2026-1142",
  "email": "lena.example@fabrikam.com",
  "displayName": "Lena Example",
  "groups": ["Partner-Aurora"],
  "expiresOn": "2027-05-31"
};

const client = new ServiceBusClient(process.env.SERVICEBUS_NAMESPACE, new DefaultAzureCredential());
const sender = client.createSender("guest-invitations");
await sender.sendMessages({
  body: Buffer.from(JSON.stringify(body)),
  contentType: "application/json",
  messageId: `${body.sender}.${body.correlationId}`,
});
await client.close();
