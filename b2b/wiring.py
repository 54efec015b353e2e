"""Settings and adapters become one House for each worker process."""

import asyncio
import gc
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from azure.data.tables.aio import TableServiceClient
from azure.identity.aio import DefaultAzureCredential
from azure.servicebus.aio import ServiceBusClient
from azure.storage.blob.aio import BlobServiceClient

from b2b.adapters.blobs import BlobFiles
from b2b.adapters.graph.accounts import GraphAccounts
from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.directory import GraphDirectory
from b2b.adapters.graph.listing import GraphRoll
from b2b.adapters.graph.pacing import Pacing
from b2b.adapters.journal import TableJournal
from b2b.adapters.policy_source import PolicySource
from b2b.adapters.servicebus import BusQueues, QueueNames
from b2b.adapters.tables import TableLedger
from b2b.flows.assignment import Assigning
from b2b.flows.dead_letters import DeadLetters
from b2b.flows.departure import Departing
from b2b.flows.intake import Intake
from b2b.flows.onboarding import Onboarding
from b2b.flows.results import Results
from b2b.flows.stays import Stays
from b2b.flows.sweep import Sweep
from b2b.flows.taking_back import TakingBack
from b2b.flows.vigil import Vigil
from b2b.settings import Settings

# These write whole URLs at INFO, and a URL may hold an address.
_CHATTY = ("azure", "httpx", "httpcore", "aiohttp", "msal", "urllib3")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything a trigger may reach for."""

    settings: Settings
    clock: Callable[[], datetime]
    ledger: TableLedger
    queues: BusQueues
    intake: Intake
    onboarding: Onboarding
    assigning: Assigning
    dead_letters: DeadLetters
    results: Results
    stays: Stays
    closers: Sequence[Callable[[], Awaitable[None]]] = ()

    async def close(self) -> None:
        """Lets go of every connection; a worker never does, a command does when it is done."""
        for close in self.closers:
            await close()


@cache
def live() -> House:
    """Built at the first message, on the worker's event loop. Raises SettingsFaulty."""
    quiet()
    house = build(Settings.read(os.environ), now)
    # What was loaded so far stays: not looking through it again keeps memory flat, pauses short.
    gc.freeze()
    return house


def quiet() -> None:
    """Keeps addresses out of the log: the SDKs would write them there."""
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def now() -> datetime:
    return datetime.now(UTC)


def build(settings: Settings, clock: Callable[[], datetime]) -> House:
    credential = DefaultAzureCredential(managed_identity_client_id=settings.azure_client_id or None)
    blobs, tables = _blobs(settings, credential), _tables(settings, credential)
    files, ledger = BlobFiles(blobs), TableLedger(tables)
    queues = BusQueues(
        _bus(settings, credential),
        _names(settings),
        settings.results_slot_seconds,
        settings.assign_after_seconds,
        clock,
    )
    policy = PolicySource(files, clock).current
    graph = connect(credential, settings.graph_url, settings.graph_scope)
    directory = GraphDirectory(graph, settings.tenant_initial_domain)
    pacing, journal = Pacing(), TableJournal(tables)
    accounts, roll = GraphAccounts(graph, pacing), GraphRoll(graph, pacing)
    taking_back = TakingBack(
        accounts=accounts,
        directory=directory,
        journal=journal,
        ledger=ledger,
        dispatch=queues,
        policy=policy,
        clock=clock,
        tenant=settings.tenant_id,
    )
    stays = Stays(
        journal=journal,
        sweep=Sweep(
            roll=roll,
            journal=journal,
            files=files,
            dispatch=queues,
            policy=policy,
            clock=clock,
            pause=asyncio.sleep,
            every=settings.sweep_every_seconds,
            turn=settings.sweep_turn_seconds,
        ),
        departing=Departing(
            accounts=accounts,
            roll=roll,
            journal=journal,
            ledger=ledger,
            files=files,
            policy=policy,
            clock=clock,
        ),
        taking_back=taking_back,
        vigil=Vigil(journal=journal, clock=clock, overdue_after=settings.sweep_overdue_seconds),
    )
    return House(
        settings=settings,
        clock=clock,
        ledger=ledger,
        queues=queues,
        intake=Intake(
            files=files,
            ledger=ledger,
            queues=queues,
            policy=policy,
            clock=clock,
            tenant=settings.tenant_id,
        ),
        onboarding=Onboarding(
            directory=directory,
            ledger=ledger,
            queues=queues,
            policy=policy,
            clock=clock,
            replication=settings.replication_seconds,
            assign_after=settings.assign_after_seconds,
            bring_back=taking_back.bring_back,
        ),
        assigning=Assigning(directory=directory, ledger=ledger, queues=queues, clock=clock),
        dead_letters=DeadLetters(files=files, ledger=ledger, queues=queues),
        results=Results(files=files, ledger=ledger),
        stays=stays,
        closers=(queues.close, blobs.close, tables.close, credential.close),
    )


def _blobs(settings: Settings, credential: DefaultAzureCredential) -> BlobServiceClient:
    if settings.azurewebjobsstorage:
        return BlobServiceClient.from_connection_string(settings.azurewebjobsstorage)
    url = f"https://{settings.azurewebjobsstorage__accountname}.blob.core.windows.net"
    return BlobServiceClient(url, credential)


def _tables(settings: Settings, credential: DefaultAzureCredential) -> TableServiceClient:
    if settings.azurewebjobsstorage:
        return TableServiceClient.from_connection_string(settings.azurewebjobsstorage)
    url = f"https://{settings.azurewebjobsstorage__accountname}.table.core.windows.net"
    return TableServiceClient(endpoint=url, credential=credential)


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
    )
