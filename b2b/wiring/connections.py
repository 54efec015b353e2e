"""The services that a worker talks to, connected once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.request import getproxies

from azure.data.tables.aio import TableServiceClient
from azure.identity.aio import DefaultAzureCredential
from azure.servicebus.aio import ServiceBusClient
from azure.storage.blob.aio import BlobServiceClient
from kiota_abstractions.request_adapter import RequestAdapter

from b2b.adapters.blobs import BlobFiles
from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.directory import GraphDirectory
from b2b.adapters.graph.pacing import Pacing
from b2b.adapters.policy_source import BlobPolicyFile, PolicySource
from b2b.adapters.servicebus import BusQueues, QueueNames
from b2b.adapters.tables import TableLedger
from b2b.ports import Clock, PolicyFile, PolicyNow
from b2b.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """What every part of the house shares."""

    settings: Settings
    clock: Clock
    credential: DefaultAzureCredential
    tables: TableServiceClient
    bus: ServiceBusClient
    files: BlobFiles
    ledger: TableLedger
    queues: BusQueues
    policy: PolicyNow
    policy_file: PolicyFile
    graph: RequestAdapter
    pacing: Pacing
    directory: GraphDirectory
    closers: tuple[Callable[[], Awaitable[None]], ...]

    @classmethod
    def of(cls, settings: Settings, clock: Clock) -> "Connections":
        credential = DefaultAzureCredential(
            managed_identity_client_id=settings.azure_client_id or None
        )
        blobs, tables = _blobs(settings, credential), _tables(settings, credential)
        files = BlobFiles(blobs)
        bus = _bus(settings, credential)
        queues = BusQueues(
            bus,
            _names(settings),
            settings.results_slot_seconds,
            settings.assign_after_seconds,
            clock,
        )
        graph = connect(credential, settings.graph_url, settings.graph_scope)
        pacing = Pacing()
        return cls(
            settings=settings,
            clock=clock,
            credential=credential,
            tables=tables,
            bus=bus,
            files=files,
            ledger=TableLedger(tables),
            queues=queues,
            policy=PolicySource(files, clock).current,
            policy_file=BlobPolicyFile(blobs),
            graph=graph,
            pacing=pacing,
            directory=GraphDirectory(graph, settings.tenant_initial_domain, pacing),
            closers=(queues.close, blobs.close, tables.close, credential.close),
        )


def _blobs(settings: Settings, credential: DefaultAzureCredential) -> BlobServiceClient:
    if settings.azurewebjobsstorage:
        return BlobServiceClient.from_connection_string(
            settings.azurewebjobsstorage, use_env_settings=_has_proxy()
        )
    url = f"https://{settings.azurewebjobsstorage__accountname}.blob.core.windows.net"
    return BlobServiceClient(url, credential, use_env_settings=_has_proxy())


def _tables(settings: Settings, credential: DefaultAzureCredential) -> TableServiceClient:
    if settings.azurewebjobsstorage:
        return TableServiceClient.from_connection_string(
            settings.azurewebjobsstorage, use_env_settings=_has_proxy()
        )
    url = f"https://{settings.azurewebjobsstorage__accountname}.table.core.windows.net"
    return TableServiceClient(endpoint=url, credential=credential, use_env_settings=_has_proxy())


def _has_proxy() -> bool:
    """Without one nobody is to look for one: aiohttp does so before each request, in two threads,
    and reads ~/.netrc, whose `default` line it would not let stand beside our own credential."""
    return bool(getproxies())


def _bus(settings: Settings, credential: DefaultAzureCredential) -> ServiceBusClient:
    if settings.servicebus:
        return ServiceBusClient.from_connection_string(settings.servicebus)
    return ServiceBusClient(settings.servicebus__fullyqualifiednamespace, credential)


def _names(settings: Settings) -> QueueNames:
    return QueueNames(
        settings.invitation_queue,
        settings.assignment_queue,
        settings.results_queue,
        settings.departure_queue,
        settings.mail_queue,
    )
