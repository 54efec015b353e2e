"""Renders the operator's templates of one mail in a process of its own, which can be stopped.

A template may ask for more than any check of its text would find (`|join`, `~` in a loop), and a
thread cannot be stopped. So the limits are the kernel's: memory, processor time, and the parent's
patience. `python -m b2b.adapters.stationery.bounded` reads a request from standard input and writes
an answer, both JSON; it has an empty environment and imports nothing but Jinja.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 20  # seconds; a render takes a tenth of one, a cold process on a busy machine some
PROCESSOR, MEMORY = 5, 512 * 1024 * 1024  # seconds, bytes
LONGEST = 1024 * 1024  # characters of a part; Graph takes 4 MB
_WORD = re.compile(r"[^\s\"'<>=()]+(?:=[^\s\"'<>()]*)*")
_SITE = re.compile(r"[a-z]+://[^/?#\s]+[/?#]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one template: its text, or the kind of its fault and the line.

    `links` stand in the template itself; values follow upon `beginnings`.
    """

    text: str = ""
    fault: str = ""
    line: int = 0
    links: frozenset[str] = field(default_factory=frozenset)
    beginnings: frozenset[str] = field(default_factory=frozenset)


def render_bounded(templates: Mapping[str, str], facts: Mapping[str, Any]) -> Mapping[str, Part]:
    """By part. Never raises: a process that had to be stopped is a fault of every template."""
    request = json.dumps({"templates": templates, "facts": facts})
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", __name__],
            input=request.encode(),
            capture_output=True,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"},
            timeout=PATIENCE,
            check=True,
        )
        read = json.loads(done.stdout)
        return {part: _part(read[part]) for part in templates}
    except subprocess.TimeoutExpired:
        return dict.fromkeys(templates, Part(fault="TimeoutExpired"))
    except (OSError, ValueError, KeyError, subprocess.CalledProcessError):
        return dict.fromkeys(templates, Part(fault="Stopped"))


def _part(read: Mapping[str, Any]) -> Part:
    links, beginnings = frozenset(read["links"]), frozenset(read["beginnings"])
    return Part(read["text"], read["fault"], read["line"], links, beginnings)


def _answer() -> None:
    request = json.load(sys.stdin)
    _limit()
    answer = {
        part: _rendered(part, template, request["facts"])
        for part, template in request["templates"].items()
    }
    json.dump(answer, sys.stdout)


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows, where only the parent's patience is left
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR, PROCESSOR))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _rendered(part: str, template: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    from jinja2 import TemplateError, nodes

    answer = {"text": "", "fault": "", "line": 0, "links": [], "beginnings": []}
    try:
        environment = _environment(escapes=part == "html")
        tree = environment.parse(template)
        if tree.find(nodes.ScopedEvalContextModifier) or tree.find(nodes.EvalContextModifier):
            raise ValueError("values are always escaped")
        pieces, size = [], 0
        for piece in environment.from_string(template).generate(facts):
            size += len(piece)
            if size > LONGEST:
                raise ValueError("longer than a mail may be")
            pieces.append(piece)
        answer["text"] = "".join(pieces)
        texts = [node.data for node in tree.find_all(nodes.TemplateData)]
        words = {word for text in texts for word in _WORD.findall(text)}
        answer["links"] = sorted(words | {word.partition("=")[2] for word in words} - {""})
        answer["beginnings"] = sorted(filter(None, map(_beginning, texts)))
    except (
        TemplateError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError,
        RecursionError, MemoryError,
    ) as fault:  # fmt: skip
        answer["fault"], answer["line"] = type(fault).__name__, getattr(fault, "lineno", 0) or 0
    return answer


def _beginning(text: str) -> str:
    """What stands before a value, if that is a link as far as within its site."""
    before = re.split(r"[\s\"'<>()]", text)[-1].removeprefix("href=")
    return before if _SITE.match(before) else ""


def _environment(*, escapes: bool) -> Any:
    """The sandbox, where no value is taken for HTML and no sign or number makes a long text."""
    from jinja2 import StrictUndefined
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Bounded(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset(("*", "**", "%"))

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            sizes = [one if isinstance(one, int | float) else len(one) for one in (left, right)]
            grows = sizes[0] * sizes[1] if operator == "*" else max(sizes)
            if operator != "%" and grows > LONGEST:
                raise SecurityError("too large")
            if operator == "%" and not isinstance(left, int | float):
                raise SecurityError("no formatting by %")
            return super().call_binop(context, operator, left, right)

        def call(self, context: Any, called: Callable[..., Any], *given: Any, **named: Any) -> Any:
            numbers = [one for one in (*given, *named.values()) if isinstance(one, int | float)]
            if any(abs(number) > LONGEST for number in numbers):
                raise SecurityError("too large")
            return super().call(context, called, *given, **named)

    environment = Bounded(autoescape=escapes, undefined=StrictUndefined, keep_trailing_newline=True)
    environment.filters["safe"] = lambda text: text
    return environment


if __name__ == "__main__":
    _answer()
