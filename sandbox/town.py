"""All of Azure that the app touches, on loopback: storage, bus, directory, identity, host."""

import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from sandbox.host import alone
from sandbox.host.keys import BLOBS_KEY, MASTER_KEY, new_key
from sandbox.logs.workspace import RULE
from sandbox.processes import Process
from sandbox.storage import DEFAULT_PORTS, Azurite, Ports
from sandbox.storage_account import Storage

ROOT = Path(__file__).resolve().parent.parent
KEY = "SANDBOX_TOKEN_KEY"  # the environment variable by which identity and directory share a key
PERMISSIONS = tuple(
    one["name"]
    for one in json.loads((ROOT / "infra" / "permissions.json").read_text("utf-8"))["permissions"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What kind of town. Ports of 0 are any free ones; the others are those that tools expect."""

    logs: Path = ROOT / "build" / "sandbox"
    fixed_ports: bool = False
    seed: Path | None = None
    permissions: Sequence[str] = PERMISSIONS
    directory: Sequence[str] = ()
    app: Path = ROOT
    package: Path | None = None  # run from this folder alone, instead of from `app`
    settings: Mapping[str, str] = field(default_factory=dict)
    location: Path | None = None
    entities: Path | None = None  # of the bus; None: those that are deployed
    workspace: bool = False  # a Log Analytics workspace as well, for the activity
    header: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def port(self, number: int) -> str:
        return str(number if self.fixed_ports else 0)


@dataclass(slots=True)
class Town:
    """A running town. `settings` are the app settings that lead to it."""

    plan: Plan
    storage: Storage
    bus_control: str
    directory: str
    settings: dict[str, str]
    host: Process | None = None
    host_keys: dict[str, str] = field(
        default_factory=lambda: {MASTER_KEY: new_key(), BLOBS_KEY: new_key()}
    )
    processes: list[Process] = field(default_factory=list)

    async def start_host(self) -> Process:
        """The app itself, in a process of its own; may be killed and started again."""
        settings_file = self.plan.logs / "local.settings.json"
        settings_file.parent.mkdir(parents=True, exist_ok=True)
        settings_file.write_text(json.dumps({"IsEncrypted": False, "Values": self.settings}))
        self.host = await Process.start(
            "sandbox.host",
            [
                *("--app", str(self.plan.package or self.plan.app)),
                *("--settings", str(settings_file)),
                *("--port", self.plan.port(7071)),
            ],
            environment=self.settings | self.host_keys,
            log=self.plan.logs / "host.log",
            command=self._alone(),
        )
        return self.host

    def _alone(self) -> Sequence[str]:
        package = self.plan.package
        return alone.command(package, self.plan.logs / "stage") if package else ()

    async def put_example_policy(self) -> None:
        policy = (self.plan.app / "policy.example.toml").read_bytes()
        await self.storage.put("config", "policy.toml", policy)

    async def get(self, url: str) -> Any:
        """What a stand-in's control endpoint says."""
        async with ClientSession() as session, session.get(url) as answer:
            answer.raise_for_status()
            return await answer.json()

    @property
    def control(self) -> str:
        """The directory's own endpoints, beside those of Graph."""
        return self.directory.removesuffix("/v1.0") + "/sandbox"

    @property
    def host_log(self) -> Path:
        return self.plan.logs / "host.log"

    def admin(self, path: str) -> str:
        """An address of the host that only the master key opens, below /admin."""
        return self._of_host(f"admin/{path}")

    @property
    def crash(self) -> str:
        """Where a POST makes the host's worker crash."""
        return self._of_host("sandbox/worker/crash")

    def _of_host(self, path: str) -> str:
        assert self.host is not None
        address, key = self.host.ready.split()[-1], self.host_keys[MASTER_KEY]
        return f"{address}/{path}{'&' if '?' in path else '?'}code={key}"


@asynccontextmanager
async def running(plan: Plan) -> AsyncIterator[Town]:
    """Everything but the host; whatever was started is gone when the block ends."""
    async with AsyncExitStack() as street:
        key = {KEY: secrets.token_urlsafe(32)}
        ports = DEFAULT_PORTS if plan.fixed_ports else None
        storage = await street.enter_async_context(_azurite(ports, plan))
        bus = await _open(street, plan, "sandbox.servicebus", _bus_arguments(plan), {})
        directory = await _open(street, plan, "sandbox.directory", _directory(plan), key)
        identity = await _open(street, plan, "sandbox.identity", _identity(plan), key)
        town = Town(
            plan=plan,
            storage=Storage(storage.connection_string),
            bus_control=bus.ready.split()[-1],
            directory=directory.ready.split()[-1],
            settings={},
            processes=[bus, directory, identity],
        )
        town.settings = _settings(town, bus, identity)
        if plan.workspace:
            arguments = ["--port", plan.port(8033), "--secret-env", KEY]
            workspace = await _open(street, plan, "sandbox.logs", arguments, key)
            town.settings |= _workspace(workspace)
        street.push_async_callback(_stop_host, town)
        yield town


async def _stop_host(town: Town) -> None:
    if town.host is not None:
        await town.host.stop()


def _azurite(ports: Ports | None, plan: Plan) -> AbstractAsyncContextManager[Azurite]:
    return Azurite.running(ports, plan.location)


async def _open(
    street: AsyncExitStack,
    plan: Plan,
    module: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
) -> Process:
    log = plan.logs / f"{module.rpartition('.')[2]}.log"
    process = await Process.start(module, arguments, environment=environment, log=log)
    street.push_async_callback(process.stop)
    return process


def _bus_arguments(plan: Plan) -> list[str]:
    entities = str(plan.entities or plan.app / "infra" / "servicebus.json")
    ports = ["--port", plan.port(5672), "--control-port", plan.port(8032)]
    return [*ports, "--entities", entities]


def _directory(plan: Plan) -> list[str]:
    seed = ["--seed", str(plan.seed)] if plan.seed else []
    return ["--port", plan.port(8030), "--secret-env", KEY, *seed, *plan.directory]


def _identity(plan: Plan) -> list[str]:
    roles = ",".join(plan.permissions)
    tenant = _example(plan)["TENANT_ID"]
    return [
        *("--port", plan.port(8031)),
        *("--secret-env", KEY),
        *("--roles", roles),
        f"--header={plan.header}",  # in one word, for it may begin with a dash
        *("--tenant", tenant),
    ]


def _workspace(workspace: Process) -> dict[str, str]:
    _, url, authority = workspace.ready.split()
    return {
        "ACTIVITY_LOGS_ENDPOINT": url,
        "ACTIVITY_LOGS_RULE": RULE,
        "SSL_CERT_FILE": authority,  # nothing else in the town speaks TLS
    }


def _example(plan: Plan) -> dict[str, str]:
    values: dict[str, str] = json.loads(
        (plan.app / "local.settings.example.json").read_text(encoding="utf-8")
    )["Values"]
    return values


def _settings(town: Town, bus: Process, identity: Process) -> dict[str, str]:
    """The example settings, with our addresses in the places of Azure's."""
    bus_port = bus.ready.split()[1].rpartition(":")[2]
    return {
        **_example(town.plan),
        "AzureWebJobsStorage": town.storage.connection,
        "SERVICEBUS": f"Endpoint=sb://localhost:{bus_port};SharedAccessKeyName=sandbox;"
        "SharedAccessKey=sandbox;UseDevelopmentEmulator=true",
        "GRAPH_URL": town.directory,
        "IDENTITY_ENDPOINT": identity.ready.split()[1],
        "IDENTITY_HEADER": town.plan.header,
        **town.plan.settings,
    }
