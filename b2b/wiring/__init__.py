"""Settings and adapters become one House for each worker process."""

import asyncio
import gc
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING

from b2b.adapters.servicebus import BusQueues
from b2b.adapters.tables import TableLedger
from b2b.flows.assignment import Assigning
from b2b.flows.dead_letter_queue import DeadLetterQueue
from b2b.flows.dead_letters import DeadLetters
from b2b.flows.file_brakes import FileBrakes
from b2b.flows.intake import Intake
from b2b.flows.mailroom import Mailroom
from b2b.flows.onboarding import Onboarding
from b2b.flows.results import Results
from b2b.flows.settling import Settling
from b2b.flows.stays import Stays
from b2b.settings import Settings
from b2b.wiring.access import Access, access
from b2b.wiring.connections import Connections
from b2b.wiring.events import Correspondence, Told, correspondence, told
from b2b.wiring.lifecycle import stays
from b2b.wiring.mail import mailroom, post_for
from b2b.wiring.settling import dead_letter_queue, sending_again
from b2b.wiring.telemetry import tell_facts

if TYPE_CHECKING:
    from b2b.flows.activity import Exporting
    from b2b.flows.census import Census
    from b2b.flows.posture import PostureAudit
    from b2b.flows.releasing import Releasing
    from b2b.flows.retention import Retention
    from b2b.flows.snapshots import Snapshots

# These write whole URLs at INFO, and a URL may hold an address.
_CHATTY = ("azure", "httpx", "httpcore", "aiohttp", "msal", "urllib3")


@dataclass(frozen=True, kw_only=True)
class House:
    """Everything a trigger may reach for.

    What works by the hour or by night is loaded when its hour comes: a cold worker has a guest
    waiting.
    """

    shared: Connections
    settings: Settings
    clock: Callable[[], datetime]
    ledger: TableLedger
    queues: BusQueues
    intake: Intake
    onboarding: Onboarding
    assigning: Assigning
    dead_letters: DeadLetters
    settling: Settling
    dead_letter_queue: DeadLetterQueue
    results: Results
    stays: Stays
    correspondence: Correspondence
    mail: Mailroom
    openers: Sequence[Callable[[], Awaitable[None]]] = ()
    closers: Sequence[Callable[[], Awaitable[None]]] = ()
    opening: set[asyncio.Task[None]] = field(default_factory=set)

    @cached_property
    def activity(self) -> "Exporting":
        from b2b.wiring.activity import exporting

        return exporting(self.shared)

    @cached_property
    def releasing(self) -> "Releasing":
        from b2b.flows.releasing import Releasing

        return Releasing(
            intake=self.intake,
            ledger=self.ledger,
            queues=self.queues,
            places=self.intake.brakes.braking.places,
            clock=self.clock,
        )

    @cached_property
    def census(self) -> "Census":
        from b2b.wiring.census import census

        return census(self.shared)

    @cached_property
    def posture(self) -> "PostureAudit":
        from b2b.wiring.posture import posture

        return posture(self.shared)

    @cached_property
    def snapshots(self) -> "Snapshots":
        from b2b.wiring.keeping import snapshots

        return snapshots(self.shared)

    @cached_property
    def retention(self) -> "Retention":
        from b2b.wiring.keeping import retention

        return retention(self.shared)

    def open_ahead(self) -> None:
        """Connects while the first message is being worked on: each link takes half a second."""
        for opener in self.openers:
            task = asyncio.ensure_future(opener())
            self.opening.add(task)
            task.add_done_callback(self.opening.discard)

    async def close(self) -> None:
        """Lets go of every connection; a worker never does, a command does when it is done."""
        await asyncio.gather(*self.opening, return_exceptions=True)
        for close in self.closers:
            await close()


@cache
def live() -> House:
    """Built at the first message, on the worker's event loop. Raises SettingsFaulty."""
    quiet()
    tell_facts()
    house = build(Settings.read(os.environ), now)
    house.open_ahead()
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
    shared = Connections.of(settings, clock)
    voice, beyond = told(shared), access(shared)
    mail = mailroom(shared)
    keeping = stays(shared, voice, beyond, mail)
    onboarding = _onboarding(shared, voice, beyond, mail, keeping)
    again = sending_again(shared, voice)
    letters = correspondence(shared, voice, keeping, onboarding)
    return House(
        shared=shared,
        settings=settings,
        clock=clock,
        ledger=shared.ledger,
        queues=shared.queues,
        intake=Intake(
            files=shared.files,
            ledger=shared.ledger,
            queues=shared.queues,
            policy=shared.policy,
            brakes=FileBrakes(braking=voice.braking, ledger=shared.ledger),
            clock=clock,
            tenant=settings.tenant_id,
        ),
        onboarding=onboarding,
        assigning=Assigning(
            directory=shared.directory,
            packaging=beyond.packaging,
            removals=beyond.removals,
            ledger=voice.ledger,
            queues=shared.queues,
            policy=shared.policy,
            clock=clock,
        ),
        dead_letters=again.dead_letters,
        settling=Settling(sending_again=again, pause=asyncio.sleep),
        dead_letter_queue=dead_letter_queue(shared, again, letters.wrong),
        results=Results(files=shared.files, ledger=shared.ledger),
        stays=keeping,
        mail=mail,
        correspondence=letters,
        openers=(shared.queues.open, voice.open),
        closers=(voice.close, *shared.closers),
    )


def _onboarding(
    shared: Connections, voice: Told, beyond: Access, mail: Mailroom, keeping: Stays
) -> Onboarding:
    settings = shared.settings
    return Onboarding(
        directory=shared.directory,
        ledger=voice.ledger,
        queues=shared.queues,
        policy=shared.policy,
        clock=shared.clock,
        replication=settings.replication_seconds,
        assign_after=settings.assign_after_seconds,
        sponsoring=beyond.sponsoring,
        packaging=beyond.packaging,
        bring_back=keeping.taking_back.bring_back,
        on_invited=voice.welcome,
        post=post_for(mail.posting),
    )
