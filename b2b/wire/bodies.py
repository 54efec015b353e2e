"""The bodies of our messages: camelCase outside, snake_case inside."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from b2b.domain.lifecycle import Kind
from b2b.domain.request import (
    BatchId,
    Delivery,
    RowRef,
)

Name = Annotated[str, Field(max_length=256)]
Day = Annotated[date, Field(strict=True)]  # text: no count of seconds
BatchName = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._-]+$")]


class Message(BaseModel):
    """camelCase outside, snake_case inside, unknown fields refused with their names."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        extra="forbid",
        frozen=True,
        defer_build=True,  # at the first message, not at the start of a cold worker
    )


class Source(Message):
    """Where a request came from: the batch and the key of its row in the ledger."""

    batch: BatchName
    line: Annotated[int, Field(ge=0, le=99_999_999)]  # eight digits make the key of a row


class InvitationFields(Message):
    """What may be asked for one guest, whoever asks."""

    schema_: Literal["guest-invitation/1"] = Field(default="guest-invitation/1", alias="schema")
    request_id: str | None = Field(default=None, description="Checked when given, never needed.")
    email: Annotated[str, Field(min_length=3, max_length=320)]
    display_name: Name = ""
    groups: tuple[Name, ...] = ()
    access_packages: tuple[Name, ...] = ()
    remove_groups: tuple[Name, ...] = ()
    remove_access_packages: tuple[Name, ...] = ()
    expires_on: Day | None = None
    sponsor: Name = ""
    company: Annotated[str, Field(max_length=64)] = ""
    redirect_url: Annotated[str, Field(max_length=2048)] = ""
    language: Annotated[str, Field(max_length=35)] = ""
    message: Annotated[str, Field(max_length=1024)] = ""
    delivery: Delivery | None = None
    correlation_id: Annotated[str, Field(max_length=128)] = ""


class InvitationMessage(InvitationFields):
    """Our own: one row of a file, in the queue guest-invitations."""

    source: Source


class RowSource(Source):
    """`key` for a request that came as a message and has no line."""

    key: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")] = ""

    @classmethod
    def of(cls, row: RowRef) -> "RowSource":
        return cls(batch=row.batch, line=row.line, key=row.key if len(row.key) == 32 else "")

    def row(self) -> RowRef:
        batch = BatchId(self.batch)
        return RowRef(batch, self.key) if self.key else RowRef.of_line(batch, self.line)


class PackageRef(Message):
    """An access package, and the assignment policy by which it is handed out."""

    package: Name
    assignment_policy: Name


class AssignmentMessage(Message):
    """Access of one guest: the body of a message in the queue guest-assignments."""

    schema_: Literal["guest-assignment/1"] = Field(default="guest-assignment/1", alias="schema")
    request_id: str
    guest: str
    groups: tuple[str, ...]
    invited: bool
    access_packages: tuple[PackageRef, ...] = ()
    extend_packages: tuple[PackageRef, ...] = ()
    remove_groups: tuple[str, ...] = ()
    remove_access_packages: tuple[PackageRef, ...] = ()
    expires_on: Day | None = None
    generation: int = 0
    content: str = ""
    as_member: bool = False
    source: RowSource


class DepartureMessage(Message):
    """An action of a run: the body of a message in the queue guest-departures.

    It only points at the journal, which says what is to be done; the rest is for people who read.
    """

    schema_: Literal["guest-departure/1"] = Field(default="guest-departure/1", alias="schema")
    run: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._-]+$")]
    action: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    guest: str
    kind: Kind
    evidence: str
    policy_version: str


class PublishMessage(Message):
    """A batch whose results changed: the body of a message in the queue guest-results."""

    batch: BatchName


class MailMessage(Message):
    """A letter of the outbox: the body of a message in the queue guest-mails. It only points."""

    schema_: Literal["guest-mail/1"] = Field(default="guest-mail/1", alias="schema")
    letter: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
