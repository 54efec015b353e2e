"""The census as one page: everything in it, nothing fetched, nothing run that it does not name."""

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from b2b.adapters.report import charts, words
from b2b.adapters.report.view import view
from b2b.domain.census import Picture

MOST_GROUPS = 200  # rows of a table in the page
STYLE, SCRIPT, PAGE = "page.css", "page.js", "page.html"


def draw(picture: Picture) -> bytes:
    """The same picture gives the same bytes."""
    page = _environment()
    style, script = (_source(page, name) for name in (STYLE, SCRIPT))
    from markupsafe import Markup

    states = [(state, picture.figures.states[state]) for state in words.STATES]
    html = page.get_template(PAGE).render(
        **view(picture, MOST_GROUPS),
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        course=Markup(charts.course(picture.course)),
        ring=Markup(charts.ring(states)),
    )
    return str(html).encode()


def _policy(style: str, script: str) -> str:
    """https://www.w3.org/TR/CSP3/: what is inline is named by its hash."""
    parts: Sequence[str] = (
        "default-src 'none'",
        f"style-src {_hash(style)}",
        f"script-src {_hash(script)}",
        "img-src data:",  # the empty icon, or a browser would ask the server for one
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(parts)


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


def _source(page: Any, name: str) -> str:
    text: str = page.loader.get_source(page, name)[0]
    return text


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # only who draws pays for it

    page = Environment(
        loader=PackageLoader("b2b", "templates/report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page.filters |= {
        "n": words.number,
        "day": words.day,
        "signed": words.signed,
        "percent": words.percent,
        "plural": words.plural,
    }
    return page
