"""Holds answers to the machine description of Graph, where a copy lies beside the repository."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import yaml
from jsonschema import Draft202012Validator

FOLDER = Path(__file__).parents[4] / "shared" / "graph"
FILES = {"v1.0": "openapi-v1.0-subset.yaml", "beta": "openapi-beta-subset.yaml"}
AVAILABLE = all((FOLDER / name).is_file() for name in FILES.values())
WHY_NOT = "the machine description of Graph (../shared/graph) does not lie beside this clone"
LONGEST = 20  # objects of a page that are looked at

# Known to Graph, but in no description that we have.
UNDESCRIBED = {
    "/groups/{}/transitiveMembers/microsoft.graph.user",
    "/groups/{}/members/{}",
    "/users/{}/sponsors/{}",
    "/users/{}/sendMail",
    "/users/{}/messages",
    "/users/{}/messages/{}",
    "/users/{}/messages/{}/send",
    "/roleManagement/directory/roleEligibilityScheduleInstances",
    "/groups/{}/owners",
    "/applications",
    "/applications/{}/owners",
    "/servicePrincipals",
    "/servicePrincipals/{}/owners",
    "/identityGovernance/lifecycleWorkflows/lifecyclePolicies",
    "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{}",
}


def hold_to_description(answer: httpx.Response) -> None:
    """Fails when an answer is not what the description promises; does nothing without one."""
    _, version, rest = answer.request.url.raw_path.decode().split("/", 2)
    if not AVAILABLE or version not in FILES:
        return
    schema = schema_of(version, answer.request.method, f"/{rest}", answer.status_code)
    if answer.text and schema is not None:
        faults = [fault.message for fault in checker(version, schema).iter_errors(_body(answer))]
        assert not faults, f"{answer.request.method} {answer.request.url}: {faults}"


def schema_of(version: str, method: str, target: str, status: int) -> str | None:
    """Where the description has the schema of an answer; fails for an answer it does not know."""
    if status >= 400:
        return "ODataError"
    path = target.partition("?")[0].replace("%24", "$").strip("/")
    found = _template(version, path)
    if found is None:
        assert any(_fits(template, path) for template in UNDESCRIBED), f"undescribed: {target}"
        return None
    operation = description(version)["paths"][found].get(method.lower())
    assert operation, f"undescribed: {method} {found}"
    answers = operation["responses"]
    assert str(status) in answers or "2XX" in answers, f"{status} is no answer of {method} {found}"
    return f"{method.lower()} {found} {status}"


@cache
def checker(version: str, name: str) -> Draft202012Validator:
    components = description(version).get("components", {})
    schema: dict[str, Any] = {"$ref": "#/components/schemas/ODataError"}
    if name != "ODataError":
        method, path, status = name.split(" ")
        answers = description(version)["paths"][path][method]["responses"]
        answer = answers.get(status) or answers["2XX"]
        schema = next(iter(answer.get("content", {"": {"schema": {}}}).values()))["schema"]
    else:
        components = description("v1.0")["components"]
    return Draft202012Validator({"allOf": [schema], "components": components})


@cache
def description(version: str) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (FOLDER / FILES[version]).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=loader)
    return loaded


def _body(answer: httpx.Response) -> Any:
    if answer.headers["content-type"].startswith("text/plain"):
        return int(answer.text)
    body = answer.json()
    if isinstance(body, dict) and isinstance(body.get("value"), list):
        body["value"] = body["value"][:LONGEST]
    return body


@cache
def _templates(version: str) -> list[str]:
    """The more literal ones first."""
    return sorted(description(version)["paths"], key=lambda path: path.count("{"))


def _template(version: str, path: str) -> str | None:
    return next((one for one in _templates(version) if _fits(one, path)), None)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]*\}", template.strip("/"))
    return re.compile("[^/]+".join(map(re.escape, parts)) + r"\Z")


def _fits(template: str, path: str) -> bool:
    return _pattern(template).match(path) is not None
