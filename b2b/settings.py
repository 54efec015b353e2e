"""The environment, read once and typed; all faults are told together."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from b2b.domain.request import TenantId


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return timedelta(seconds=float(value))
    except (ValueError, OverflowError):
        raise ValueError("expected a number of seconds") from None


Seconds = Annotated[timedelta, BeforeValidator(_seconds), Field(ge=timedelta(0))]
LONGEST_TURN = timedelta(minutes=20)  # functionTimeout of host.json leaves room for one step more
TurnSeconds = Annotated[
    timedelta, BeforeValidator(_seconds), Field(ge=timedelta(0), le=LONGEST_TURN)
]
SomeSeconds = Annotated[timedelta, BeforeValidator(_seconds), Field(gt=timedelta(0))]


def _graph_url(url: str) -> str:
    """The token of the app, or of the administrator, goes there.

    https://learn.microsoft.com/graph/deployments (read 2026-11-29)
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    loopback = host in _LOOPBACK and parts.scheme in ("http", "https")
    known = host in GRAPH_HOSTS and parts.scheme == "https" and port in (None, 443)
    if not (loopback or known) or "@" in parts.netloc:
        raise ValueError(f"expected https:// and a host of Microsoft Graph: {_HOSTS}")
    return url


GRAPH_HOSTS = (
    "graph.microsoft.com",
    "graph.microsoft.us",
    "dod-graph.microsoft.us",
    "microsoftgraph.chinacloudapi.cn",
)
_HOSTS = ", ".join(GRAPH_HOSTS)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
GraphUrl = Annotated[str, AfterValidator(_graph_url)]


class Settings(BaseModel):
    """Field names are those of the app settings in lower case; `__` is Azure's notation."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, defer_build=True)

    azurewebjobsstorage: str = ""
    azurewebjobsstorage__accountname: str = ""
    servicebus: str = ""
    servicebus__fullyqualifiednamespace: str = ""
    azure_client_id: str = ""
    tenant_id: TenantId = Field(min_length=1)
    tenant_initial_domain: str = Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")
    graph_url: GraphUrl = Field(
        default="https://graph.microsoft.com/v1.0", pattern=r"^https?://\S+$"
    )
    graph_scope: str = "https://graph.microsoft.com/.default"
    invitation_queue: str = "guest-invitations"
    assignment_queue: str = "guest-assignments"
    departure_queue: str = "guest-departures"
    results_queue: str = "guest-results"
    event_topic: str = "guest-events"
    mail_queue: str = "guest-mails"
    mail_from: str = Field(default="", pattern=r"^([^\s@<>]+@[^\s@<>]+)?$")
    mail_per_minute: float = Field(default=27, gt=0, le=6000)
    mail_lease_seconds: SomeSeconds = timedelta(minutes=2)
    mail_collect_seconds: SomeSeconds = timedelta(minutes=30)
    digest_schedule: str = "0 30 6,8,10 * * 1"
    upload_source: Literal["EventGrid", "LogsAndContainerScan"] = "EventGrid"
    rescan_schedule: str = "0 17 * * * *"
    redemption_schedule: str = "0 23 * * * *"
    event_schedule: str = "0 */10 * * * *"
    dead_letter_schedule: str = "0 * * * * *"
    replication_seconds: Seconds = timedelta(minutes=5)
    assign_after_seconds: Seconds = timedelta(seconds=30)
    package_look_seconds: Seconds = timedelta(seconds=15)
    results_slot_seconds: SomeSeconds = timedelta(seconds=30)
    give_up_after_seconds: SomeSeconds = timedelta(days=1)
    sweep_schedule: str = "0 */10 1-5 * * *"
    sweep_every_seconds: Seconds = timedelta(days=1)
    sweep_turn_seconds: TurnSeconds = timedelta(minutes=8)
    sweep_overdue_seconds: Seconds = timedelta(hours=36)
    audit_schedule: str = "0 */10 6-7 * * *"
    audit_turn_seconds: TurnSeconds = timedelta(minutes=8)

    activity_schedule: str = "0 41 * * * *"
    activity_overlap_seconds: SomeSeconds = timedelta(hours=1)
    activity_second_look_seconds: SomeSeconds = timedelta(days=2)
    activity_turn_seconds: TurnSeconds = Field(default=timedelta(minutes=8), gt=timedelta(0))
    activity_logs_endpoint: str = Field(default="", pattern=r"^(https://\S+)?$")
    activity_logs_rule: str = ""
    posture_schedule: str = "0 40 2 * * *"
    snapshot_schedule: str = "0 40 0 * * *"

    @model_validator(mode="after")
    def _connected(self) -> "Settings":
        if not (self.azurewebjobsstorage or self.azurewebjobsstorage__accountname):
            raise ValueError("set AzureWebJobsStorage or AzureWebJobsStorage__accountName")
        if not (self.servicebus or self.servicebus__fullyqualifiednamespace):
            raise ValueError("set SERVICEBUS or SERVICEBUS__fullyQualifiedNamespace")
        if bool(self.activity_logs_endpoint) is not bool(self.activity_logs_rule):
            raise ValueError("set both ACTIVITY_LOGS_ENDPOINT and ACTIVITY_LOGS_RULE, or neither")
        return self

    def resolve(self, expression: str) -> str:
        """The value of `%SETTING%`, written as the host resolves it."""
        return str(getattr(self, expression.strip("%").lower()))

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Raises SettingsFaulty with one line for each setting that is missing or wrong."""
        known = {name.lower(): value for name, value in environment.items() if value != ""}
        try:
            return cls.model_validate(
                {name: known[name] for name in cls.model_fields if name in known}
            )
        except ValidationError as faults:
            raise SettingsFaulty(faults) from None


class Administration(BaseModel):
    """The part of the environment that an administrator's own computer needs."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, defer_build=True)

    tenant_id: str = ""
    graph_url: GraphUrl = Field(
        default="https://graph.microsoft.com/v1.0", pattern=r"^https?://\S+/v1\.0$"
    )
    arm_url: str = Field(default="https://management.azure.com", pattern=r"^https?://\S+$")

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Administration":
        """Raises SettingsFaulty with one line for each setting that is wrong."""
        known = {name.lower(): value for name, value in environment.items() if value != ""}
        try:
            return cls.model_validate(
                {name: known[name] for name in cls.model_fields if name in known}
            )
        except ValidationError as faults:
            raise SettingsFaulty(faults) from None


class SettingsFaulty(Exception):
    """The app cannot start with these settings; the message names each of them and no value."""

    def __init__(self, faults: ValidationError) -> None:
        lines = [
            f"{'.'.join(map(str, fault['loc'])).upper() or 'settings'}: {fault['msg']}"
            for fault in faults.errors(include_input=False, include_url=False)
        ]
        super().__init__("App settings are missing or wrong:\n  " + "\n  ".join(lines))
