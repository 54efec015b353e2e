"""The kinds of values in a policy file, each with the words for what was expected."""

from datetime import date
from typing import Annotated

import idna
from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from b2b.domain.policy.redirect import parts_of

_HOSTS_WITHOUT_TLS = {"localhost", "127.0.0.1", "::1"}


def a_label(text: str) -> str:
    """The domain as A-labels in lower case. Raises ValueError for what is no domain."""
    name = idna.encode(text.strip(), uts46=True).decode("ascii").removesuffix(".")
    labels = name.split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        raise ValueError("a domain has two labels or more, and the last is no number")
    return name


def address(text: str) -> str:
    """The local part as given, the domain as A-labels. Raises ValueError."""
    try:
        known = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as fault:
        raise ValueError("no mail address") from fault
    return known.ascii_email or known.normalized


def _fault(words: str) -> PydanticCustomError:
    return PydanticCustomError("expected", "{words}", {"words": words})


def _expected(words: str) -> WrapValidator:
    def check(value: object, read: ValidatorFunctionWrapHandler) -> object:
        try:
            return read(value)
        except ValidationError:
            raise _fault(words) from None

    return WrapValidator(check)


def _url(text: str) -> str:
    parts = parts_of(text)
    if parts is None or not text.isascii():
        raise ValueError("no URL")
    if parts.scheme != "https" and (
        parts.scheme != "http" or parts.hostname not in _HOSTS_WITHOUT_TLS
    ):
        raise ValueError("not https")
    return text


def _action_url(text: str) -> str:
    """A page, or one mail address with or without a subject. Raises ValueError."""
    scheme, colon, rest = text.partition(":")
    if not (colon and scheme.casefold() == "mailto"):
        return _url(text)
    to, _, query = rest.partition("?")
    if not text.isascii() or not text.isprintable() or " " in text or '"' in text or "%" in to:
        raise ValueError("no address")
    fields = [one.partition("=")[0].casefold() for one in query.split("&")] if query else []
    if not {"subject", "body"}.issuperset(fields):  # no further readers behind people's backs
        raise ValueError("only subject and body")
    return f"mailto:{address(to)}" + (f"?{query}" if query else "")


def _day(value: object) -> object:
    """A day of the file's own kind or as text; TOML's date with a time is none."""
    if isinstance(value, str):
        return date.fromisoformat(value)
    if type(value) is not date:
        raise ValueError("no date")
    return value


def no_domain(value: object) -> PydanticCustomError:
    words = "a domain like fabrikam.com"
    if isinstance(value, str) and value.startswith("*."):
        words = f'a domain; to take in all below it: {{ name = "{value[2:]}", subdomains = true }}'
    return _fault(words)


def _domain(value: object, read: ValidatorFunctionWrapHandler) -> object:
    try:
        return read(value)
    except ValidationError:
        raise no_domain(value) from None


Name = Annotated[
    StrictStr,
    AfterValidator(str.strip),
    Field(min_length=1, max_length=128),
    _expected("a name of 1 to 128 characters"),
]
Sentence = Annotated[
    StrictStr,
    AfterValidator(str.strip),
    Field(min_length=1, max_length=500),
    _expected("a text of 1 to 500 characters"),
]
Domain = Annotated[StrictStr, AfterValidator(a_label), WrapValidator(_domain)]
Mail = Annotated[
    StrictStr,
    Field(json_schema_extra={"format": "email"}),
    AfterValidator(address),
    _expected("a mail address like s.weber@contoso.com"),
]
Guid = Annotated[
    StrictStr,
    Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"),
    AfterValidator(str.lower),
    _expected("an id like 00000000-0000-4000-8000-0000000000a1"),
]
Sender = Annotated[
    StrictStr,
    Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$"),
    _expected('"uploads" or the name of a service in small letters, digits, dots and hyphens'),
]
Language = Annotated[
    StrictStr,
    Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"),
    _expected("a language like de or de-DE"),
]
Url = Annotated[
    StrictStr,
    Field(max_length=2048, json_schema_extra={"format": "uri"}),
    AfterValidator(_url),
    _expected("an https URL like https://myapplications.microsoft.com (http for localhost only)"),
]
ActionUrl = Annotated[
    StrictStr,
    Field(max_length=2048, json_schema_extra={"format": "uri"}),
    AfterValidator(_action_url),
    _expected("an https URL, or a mailto: address like mailto:guests@contoso.com"),
]
Day = Annotated[date, BeforeValidator(_day), _expected("a date like 2027-01-31")]
Days = Annotated[
    StrictInt, Field(ge=1, le=3650), _expected("a whole number of days from 1 to 3650")
]
DaysOrOff = Annotated[
    StrictInt,
    Field(ge=0, le=3650),
    BeforeValidator(lambda value: 0 if value == "off" else value, json_schema_input_type=int | str),
    _expected('a whole number of days from 1 to 3650, or 0 or "off"'),
]
Months = Annotated[StrictInt, Field(ge=1, le=12), _expected("a number of months from 1 to 12")]
ReviewDays = Annotated[StrictInt, Field(ge=1, le=28), _expected("a number of days from 1 to 28")]
Scope = Annotated[
    StrictStr,
    Field(
        pattern=r"^/(subscriptions/[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
        r"(/resourceGroups/[^/?#%\s]+(/providers(/[^/?#%\s]+)+)?)?"
        r"|providers/Microsoft\.Management/managementGroups/[^/?#%\s]+)$"
    ),
    _expected("a scope like /subscriptions/{id}/resourceGroups/{name}"),
]
Count = Annotated[
    StrictInt, Field(ge=1, le=1_000_000), _expected("a whole number from 1 to 1000000")
]
CountOrNone = Annotated[
    StrictInt, Field(ge=0, le=1_000_000), _expected("a whole number from 0 to 1000000")
]
PercentOrNone = Annotated[StrictFloat, Field(ge=0, le=100), _expected("a percentage from 0 to 100")]
Percent = Annotated[
    StrictFloat, Field(gt=0, le=100), _expected("a percentage above 0 and up to 100")
]
