"""What other services hear of us: CloudEvents 1.0 in the structured JSON mode."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from b2b.domain.happening import Happening, Numbered, What
from b2b.domain.public_sentences import public_sentence
from b2b.domain.request import TenantId

CONTENT_TYPE = "application/cloudevents+json"
TYPE = "guestkeeper.guest."
DIGITS = 10  # of a sequence: it is compared as text
# https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/sequence.md (2026-11-23):
# a string that orders by comparing, within one `source`.


class ReasonGiven(BaseModel):
    """Why something was refused or failed."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    code: str = Field(description="Stable, for machines.")
    sentence: str = Field(description="For people: fixed for each code, and names nobody.")


class GuestNews(BaseModel):
    """Ids and no address: whoever asked knows by correlationId whom they asked for."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, frozen=True, defer_build=True
    )

    guest_id: str | None = Field(description="The object id in the directory.")
    request_id: str = Field(description="The same for every delivery of one request.")
    sender: str = Field(description="Who asked; empty when nobody we know of did.")
    correlation_id: str = Field(description="The one of the request that asked last.")
    status: str = Field(
        description="For an answer to a request: how it ended, in the words of results.csv; "
        '"pending" when more is to come. Empty for what nobody asked for.'
    )
    reason: ReasonGiven | None = Field(description="With refused, failed and not_reminded.")
    results_folder: str = Field(
        default="",
        description="For an answer to a request: container and folder with its results.csv, for "
        "operators. Empty for what nobody asked for.",
    )
    link_file: str = Field(
        default="",
        description="Container and name of the file with the redemption link, when the request "
        "was for a link; only its sender may read it. Empty without one.",
    )


class GuestEvent(BaseModel):
    """A CloudEvent 1.0 in the topic guest-events."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(description="The same when an event is sent again: drop what you have seen.")
    source: str = Field(description="The tenant and the subject; the sequence counts within it.")
    type: Annotated[str, Field(pattern=r"^guestkeeper[.]guest[.](" + "|".join(What) + ")$")]
    subject: str = Field(description="The guest's id, or the request while there is no guest.")
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    sequence: str = Field(
        pattern=rf"^[0-9]{{{DIGITS}}}$", description="Contiguous from 0000000001 in each source."
    )
    correlationid: str = Field(default="", description="As in data, for filters and tracing.")
    data: GuestNews


def public(happening: Happening) -> Happening:
    """Listeners hear everybody's events: a correlation id that may be an address is not told."""
    named = "@" in happening.correlation or not happening.correlation.isprintable()
    return replace(happening, correlation="") if named else happening


def write_event(numbered: Numbered, tenant: TenantId) -> bytes:
    one = public(numbered.happening)
    code = one.reason.code if one.reason else ""
    reason = ReasonGiven(code=code, sentence=public_sentence(code)) if one.reason else None
    event = GuestEvent(
        id=one.id,
        source=f"/tenants/{tenant}/guests/{one.subject}",
        type=TYPE + one.what,
        subject=one.subject,
        time=one.at,
        sequence=f"{numbered.number:0{DIGITS}d}",
        correlationid=one.correlation,
        data=GuestNews(
            guest_id=one.guest,
            request_id=one.request,
            sender=one.sender,
            correlation_id=one.correlation,
            status=one.status,
            reason=reason,
            results_folder=one.folder,
            link_file=one.link_file,
        ),
    )
    # An attribute of a CloudEvent is never empty: it is left out.
    return event.model_dump_json(
        by_alias=True, exclude=None if one.correlation else {"correlationid"}
    ).encode()
