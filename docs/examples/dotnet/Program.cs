// dotnet add package Azure.Messaging.ServiceBus; dotnet add package Azure.Identity
using Azure.Identity;
using Azure.Messaging.ServiceBus;

var body = """
{
  "schema": "guest-invitation/1",
  "sender": "supplier-portal",
  "correlationId": "onboarding-2026-1142",
  "email": "lena.example@fabrikam.com",
  "displayName": "Lena Example",
  "groups": ["Partner-Aurora"],
  "expiresOn": "2027-05-31"
}
""";

var place = Environment.GetEnvironmentVariable("SERVICEBUS_NAMESPACE");
await using var client = new ServiceBusClient(place, new DefaultAzureCredential());
await using var sender = client.CreateSender("guest-invitations");
await sender.SendMessageAsync(new ServiceBusMessage(body)
{
    ContentType = "application/json",
    MessageId = "supplier-portal.onboarding-2026-1142",
});
