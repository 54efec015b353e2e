"""From text to policy: syntax, then the shape of each table, then how the tables agree."""

import re
import tomllib
from collections.abc import Mapping

from pydantic import ValidationError

from b2b.domain.policy import Policy
from b2b.policy_file.agreement import disagreements
from b2b.policy_file.building import build
from b2b.policy_file.fault import Complaint, Fault, PolicyFaults, place
from b2b.policy_file.lines import lines_of
from b2b.policy_file.shape import complaint_of
from b2b.policy_file.tables import PolicyTable

LARGEST = 256 * 1024
DEEPEST = 100  # dots before an equals sign; a policy has four, and domains in quotes some more


def read_policy(text: str | bytes, version: str) -> Policy | PolicyFaults:
    """Never raises for a text of any kind; a policy with a fault is no policy."""
    content = _content(text)
    if isinstance(content, Fault):
        return PolicyFaults((content,))
    source, raw = content
    try:
        table = PolicyTable.model_validate(raw)
        complaints = list(disagreements(raw))
        if not complaints:
            return build(table, version)
    except ValidationError as faults:
        complaints = [*map(complaint_of, faults.errors()), *disagreements(raw)]
    return _placed(complaints, source, raw)


def _content(text: str | bytes) -> tuple[str, dict[str, object]] | Fault:
    if len(text) > LARGEST:
        return Fault("", "", 1, f"a policy of at most {LARGEST} bytes", f"{len(text)}")
    try:
        source = text.decode("utf-8") if isinstance(text, bytes) else text
        source = source.removeprefix("\N{BOM}").replace("\r\n", "\n")
        return _dotted(source) or (source, tomllib.loads(source))
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        return Fault("", "", line, "text in UTF-8", f"the byte 0x{fault.object[fault.start]:02x}")
    except tomllib.TOMLDecodeError as fault:
        return _syntax_fault(str(fault), source)
    except ValueError:  # Python reads no integer of more than 4,300 digits
        return Fault("", "", _line_of_number(source), "a number", "one of thousands of digits")
    except RecursionError:
        return Fault("", "", 1, "a policy", "lists or tables nested too deep")


def _dotted(source: str) -> Fault | None:
    """tomllib walks a dotted key once for each of its parts: 40 KB of them take seconds."""
    for number, line in enumerate(source.split("\n"), 1):
        if line.partition("=")[0].count(".") > DEEPEST:
            return Fault("", "", number, f"a key of at most {DEEPEST + 1} parts", "more dots")
    return None


def _line_of_number(source: str) -> int:
    found = re.search(r"[0-9][0-9_]{4300}", source)
    return source.count("\n", 0, found.start()) + 1 if found else 1


def _syntax_fault(message: str, source: str) -> Fault:
    said = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", message, re.S)
    what, line = said.groups() if said else (message, None)
    return Fault("", "", int(line or source.count("\n") + 1), "TOML", f"a fault of syntax: {what}")


def _placed(complaints: list[Complaint], source: str, raw: Mapping[str, object]) -> PolicyFaults:
    lines = lines_of(source)
    faults = dict.fromkeys(place(complaint, lines, raw) for complaint in complaints)
    return PolicyFaults(tuple(sorted(faults, key=lambda fault: fault.line)))
