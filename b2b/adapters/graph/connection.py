"""The SDK's adapter, set up the way we use it: no retries of its own, no addresses in traces."""

from azure.core.credentials_async import AsyncTokenCredential
from kiota_abstractions.request_adapter import RequestAdapter
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from kiota_http.middleware import ParametersNameDecodingHandler
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core import GraphClientFactory


def connect(credential: AsyncTokenCredential, url: str, scope: str) -> RequestAdapter:
    """`url` ends in the version: https://graph.microsoft.com/v1.0. `scope` asks for the token."""
    # The rest of the SDK's pipeline retries and redirects, or writes whole URLs into traces.
    client = GraphClientFactory.create_with_custom_middleware([ParametersNameDecodingHandler()])
    provider = AzureIdentityAuthenticationProvider(credential, scopes=[scope])
    adapter = GraphRequestAdapter(provider, client)
    adapter.base_url = url.rstrip("/")
    adapter.observability_options.include_euii_attributes = False
    return adapter
