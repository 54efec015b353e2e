"""A stand-in for `az` and `azd`: records every call, answers raw resources, applies `--query`.

Answers as the real one does: the whole document of the service, then JMESPath, then the output
format. A query that matches nothing prints nothing and ends well.
https://learn.microsoft.com/cli/azure/use-azure-cli-successfully-query;
the tsv rows follow knack, the library that az prints with.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jmespath

GRAPH = "22222222-2222-4222-8222-222222222222"
OTHER_API = "33333333-3333-4333-8333-333333333333"
Memory = dict[str, Any]
Options = Mapping[str, str]


class Failed(Exception):
    """What az says on standard error before it ends with 1."""


def main(program: str, arguments: Sequence[str], memory_file: Path) -> int:
    memory: Memory = json.loads(memory_file.read_text(encoding="utf-8"))
    memory["calls"].append([program, *arguments])
    words, options = _split(arguments)
    try:
        answer = _azd(words, options) if program == "azd" else COMMANDS[words](options, memory)
    except KeyError as unknown:
        print(f"{program}: not understood: {unknown}", file=sys.stderr)
        return 2
    except Failed as failure:
        print(f"ERROR: {failure}", file=sys.stderr)
        return 1
    finally:
        memory_file.write_text(json.dumps(memory), encoding="utf-8")
    if program == "azd":
        print(answer)
    else:
        _print(answer, options)
    return 0


def _split(arguments: Sequence[str]) -> tuple[str, Options]:
    first = next((at for at, word in enumerate(arguments) if word.startswith("--")), len(arguments))
    rest = list(arguments[first:])
    return " ".join(arguments[:first]), dict(zip(rest[::2], rest[1::2], strict=True))


def _print(answer: Any, options: Options) -> None:
    if "--query" in options:
        answer = jmespath.search(options["--query"], answer)
    output = options.get("--output", "json")
    if answer is None or output == "none":
        return
    if output == "tsv":
        for row in answer if isinstance(answer, list) else [answer]:
            print(_tsv_row(row))
    else:
        print(json.dumps(answer, indent=2))


def _tsv_row(row: Any) -> str:
    if isinstance(row, dict):
        row = [row[key] for key in sorted(row)]
    return "\t".join(map(_tsv_cell, row)) if isinstance(row, list) else _tsv_cell(row)


def _tsv_cell(value: Any) -> str:
    if isinstance(value, list):
        return str(len(value))
    return "" if isinstance(value, dict) else str(value)


def _azd(words: str, options: Options) -> str:
    if not words.startswith("env get-value "):
        raise KeyError(words)
    return f"{words.split()[-1].lower()}-of-{options['--environment']}"


def _rest(options: Options, memory: Memory) -> Any:
    path = urlsplit(options["--url"]).path.removeprefix("/v1.0/")
    if options["--method"] == "post":
        role = json.loads(_body(options["--body"]))["appRoleId"]
        memory["held"][role] = f"assignment-{role}"
        return {"id": memory["held"][role], "appRoleId": role}
    if options["--method"] == "delete":
        gone = path.rpartition("/")[2]
        memory["held"] = {role: name for role, name in memory["held"].items() if name != gone}
        return None
    if path.endswith("/appRoleAssignments"):
        return {
            "value": [*_assignments(memory["held"], GRAPH), *_assignments({"x": "y"}, OTHER_API)]
        }
    if path == "servicePrincipals":
        return {"value": [_graph(memory)]}
    if path in (f"servicePrincipals/{GRAPH}", _BY_APP):
        return _graph(memory)
    name = path.removeprefix("servicePrincipals/")
    return {"id": name, "displayName": "id-guestkeeper", "servicePrincipalType": "ManagedIdentity"}


_BY_APP = "servicePrincipals(appId='00000003-0000-0000-c000-000000000000')"


def _body(text: str) -> str:
    return Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text


def _assignments(held: Mapping[str, str], resource: str) -> list[dict[str, str]]:
    return [
        {"id": name, "appRoleId": role, "resourceId": resource, "principalType": "ServicePrincipal"}
        for role, name in held.items()
    ]


def _graph(memory: Memory) -> dict[str, Any]:
    roles = [{"id": role, "value": name} for name, role in memory["known"].items()]
    return {"id": GRAPH, "displayName": "Microsoft Graph", "appRoles": roles}


def _keys(_: Options, memory: Memory) -> Any:
    memory["waits"] -= 1
    if memory["waits"] > 0:
        raise Failed("Operation returned an invalid status 'Bad Request'")
    return {"functionKeys": {}, "masterKey": "m", "systemKeys": {"blobs_extension": "a-key"}}


def _show(options: Options, _: Memory) -> Any:
    """On Flex Consumption az answers the resource of Resource Manager as it is."""
    name = options["--name"]
    host = f"{name}.example.net"
    return {
        "id": f"/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/{name}",
        "name": name,
        "properties": {"defaultHostName": host, "sku": "FlexConsumption", "state": "Running"},
    }


def _subscribe(options: Options, memory: Memory) -> Any:
    endpoint = urlsplit(options["--endpoint"])
    if endpoint.scheme != "https" or not endpoint.hostname:
        raise Failed("(InvalidRequest) The endpoint of a webhook has to be an HTTPS address.")
    memory["deaf"] -= 1
    if memory["deaf"] >= 0:
        raise Failed("(Url validation) Webhook validation handshake failed.")
    return {"name": options["--name"], "provisioningState": "Succeeded"}


def _log_query(options: Options, _: Memory) -> Any:
    if "lost" in options["--workspace"]:
        raise Failed("(InsufficientAccessError) The provided credentials have insufficient access.")
    row = {"Guests": "120", "Closed": "40", "Failed": "1", "DeadLetters": "0", "Stopped": "0"}
    return [{**row, "Sweep": "2026-11-23T01:00:00Z", "TableName": "PrimaryResult"}]


COMMANDS: Mapping[str, Callable[[Options, Memory], Any]] = {
    "rest": _rest,
    "functionapp keys list": _keys,
    "functionapp show": _show,
    "eventgrid system-topic event-subscription create": _subscribe,
    "monitor log-analytics query": _log_query,
}
