"""Microsoft's description of Graph as a judge: what one request or one answer has against it."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import yaml
from jsonschema import Draft202012Validator

FILE: Final = Path(__file__).parents[3] / "shared" / "graph" / "openapi-v1.0-subset.yaml"
WHY_NOT: Final = "the description of Graph (../shared/graph) does not lie beside this clone"
# Those of HTTP and of Graph as a whole, which the description does not repeat for each operation.
# https://learn.microsoft.com/graph/best-practices-concept, use-the-api
EVERYWHERE: Final = frozenset({
    "authorization", "accept", "accept-encoding", "connection", "content-length", "content-type",
    "host", "user-agent", "client-request-id", "sdkversion",
})  # fmt: skip
OF_TRACING: Final = frozenset({"traceparent", "tracestate"})
READ_ONLY: Final = "x-read-only"

Json = dict[str, Any]


@cache
def description() -> Json:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: Json = yaml.load(FILE.read_text("utf-8"), Loader=loader)
    return loaded


def operation_of(method: str, target: str) -> tuple[str, Json] | None:
    """The path template and the operation behind the version; None when Graph has no such one."""
    path = unquote(target.partition("?")[0])
    for template in _templates():
        if _pattern(template).fullmatch(path):
            operation = description()["paths"][template].get(method.lower())
            return (template, operation) if operation else None
    return None


def faults_of_request(method: str, target: str, headers: Mapping[str, str], body: Any) -> list[str]:
    """`headers` in lower case; `body` is JSON, or None when there was none."""
    found = operation_of(method, target)
    if found is None:
        return [f"{method} {target}: no such operation"]
    operation = found[1]
    return [
        *_faults_of_query(operation, target),
        *_faults_of_headers(operation, headers),
        *_faults_of_body(operation, body),
    ]


def faults_of_answer(method: str, target: str, status: int, body: Any) -> list[str]:
    found = operation_of(method, target)
    if found is None:
        return [f"{method} {target}: no such operation"]
    answers = found[1]["responses"]
    described = answers.get(str(status)) or answers.get(f"{status // 100}XX")
    if described is None:
        return [f"{status} is no answer of {method} {found[0]}"]
    schema = _schema_in(_resolved(described))
    if schema is None:
        return [] if body is None else [f"{status} has no body"]
    return _faults(schema, body)


def read_only_in(schema_name: str, body: Mapping[str, Any]) -> list[str]:
    properties = description()["components"]["schemas"][schema_name]["properties"]
    return [name for name in body if properties.get(name, {}).get(READ_ONLY)]


def _faults_of_query(operation: Json, target: str) -> list[str]:
    known = {one["name"]: one for one in operation.get("parameters", []) if one["in"] == "query"}
    sent = parse_qsl(target.partition("?")[2], keep_blank_values=True)
    names = [name for name, _ in sent]
    twice = [f"{name} twice" for name in set(names) if names.count(name) > 1]
    unknown = [f"unknown query option {name}" for name in names if name not in known]
    return [*unknown, *twice, *_faults_of_select(operation, dict(sent).get("$select", ""))]


def _faults_of_select(operation: Json, names: str) -> list[str]:
    """What is selected has to be a property of what is answered."""
    schema = _schema_in(operation["responses"].get("200", {})) or {}
    if "$ref" not in schema:
        schema = schema.get("properties", {}).get("value", {}).get("items", {})
    kind = str(schema.get("$ref", "")).rpartition("/")[2]
    known = description()["components"]["schemas"].get(kind, {}).get("properties", {})
    return [f"{kind} has no {name}" for name in names.split(",") if name and name not in known]


def _faults_of_headers(operation: Json, headers: Mapping[str, str]) -> list[str]:
    own = {
        one["name"].lower(): one["schema"]
        for one in operation.get("parameters", [])
        if one["in"] == "header"
    }
    allowed = EVERYWHERE | OF_TRACING | set(own)
    unknown = [f"unknown header {name}" for name in headers if name not in allowed]
    wrong = [
        fault for name in own if name in headers for fault in _faults(own[name], headers[name])
    ]
    return unknown + wrong


def _faults_of_body(operation: Json, body: Any) -> list[str]:
    described = operation.get("requestBody")
    if described is None:
        return [] if body is None else ["a body where none is described"]
    if body is None:
        return ["no body"] if described.get("required") else []
    schema = _schema_in(described)
    faults = _faults(schema, body)
    name = str((schema or {}).get("$ref", "")).rpartition("/")[2]
    if name:
        faults += [f"{one} is read-only" for one in read_only_in(name, body)]
    return faults


def _schema_in(described: Json) -> Json | None:
    content = described.get("content", {}).get("application/json")
    return content["schema"] if content else None


def _resolved(described: Json) -> Json:
    while "$ref" in described:
        name = described["$ref"].rpartition("/")[2]
        described = description()["components"]["responses"][name]
    return described


def _faults(schema: Json | None, value: Any) -> list[str]:
    if schema is None:
        return []
    return [
        f"{each.json_path}: {each.message}"
        for each in _checker(json.dumps(schema)).iter_errors(value)
    ]


@cache
def _checker(schema: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"allOf": [json.loads(schema)], "components": description()["components"]}
    )


@cache
def _templates() -> list[str]:
    """The more literal ones first."""
    return sorted(description()["paths"], key=lambda path: path.count("{"))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(map(re.escape, re.split(r"\{[^}]*\}", template))))
