"""Where something of a tenant stands, what it takes to read it, and why it was not read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kiota_abstractions.method import Method
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.client import Ask
from b2b.adapters.graph.errors import error_of
from b2b.adapters.graph.pacing import Budget
from b2b.domain.posture import Cause, NotReadable

OF_LICENCES = ("premium", "licens")


class Wire(BaseModel):
    """What we read of an answer; the rest is passed over."""

    model_config = ConfigDict(
        hide_input_in_errors=True,
        alias_generator=to_camel,
        validate_by_name=True,
        frozen=True,
        defer_build=True,
    )


class Unread(Exception):
    """A source that could not be read, or not whole."""

    def __init__(self, why: NotReadable) -> None:
        super().__init__(why.sentence)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where something stands, and what it takes to read it.

    `young`: a tenant may not offer it yet, or no more, as everything under /beta.
    """

    path: str
    permission: str
    licence: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    budget: Budget = Budget.READS
    beta: bool = False
    young: bool = False

    def ask(self) -> Ask:
        return Ask(
            Method.GET, _Place(self.path), self.query, headers=self.headers, budget=self.budget
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Stands where a request builder stands: not every path is in the SDK."""

    path: str

    @property
    def path_parameters(self) -> Mapping[str, str]:
        return {}

    @property
    def url_template(self) -> str:
        return f"{{+baseurl}}{self.path}{{?%24select,%24filter,%24expand,%24top,%24count}}"


@dataclass(frozen=True, slots=True)
class Link:
    """Stands there too, for a link that Graph gave us."""

    path_parameters: Mapping[str, str]
    url_template: str = "{+link}"


def why_not(answer: Answer, source: Source) -> NotReadable:
    """https://learn.microsoft.com/graph/errors; licences are told in words only."""
    code, message = error_of(answer)
    words = f"{code} {message}".lower()
    told = f"The directory answered {answer.status} {code}".strip() + f" to {source.path}."
    if answer.status < 500 and any(word in words for word in OF_LICENCES):
        licence = source.licence or "P1"
        return NotReadable(
            cause=Cause.LICENCE, needs=licence, sentence=f"The tenant has no {licence}. {told}"
        )
    if answer.status == 403:
        return NotReadable(
            cause=Cause.PERMISSION,
            needs=source.permission,
            sentence=f"This app lacks {source.permission}. {told}",
        )
    return unread(source, told)


def unread(source: Source, sentence: str) -> NotReadable:
    """A fault; what is beta or young may also be gone, or not there yet."""
    cause = Cause.BETA if source.beta or source.young else Cause.ERROR
    return NotReadable(cause=cause, sentence=sentence)
