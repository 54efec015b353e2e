"""A process that invites one guest and gives access once, and tells what that brought with it.

Run as a module; prints one line of JSON. Logs go to stderr as the app writes them.
"""

import asyncio
import json
import logging
import re
import sys

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

LENA = "lena@fabrikam.com"
OF_THE_NIGHT = re.compile(r"b2b[.](adapters[.]report|.*(census|posture|activity|snapshots))")


def main() -> None:
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)

    import function_app
    from b2b.wiring import quiet

    loaded = [*sys.modules]
    quiet()
    done = asyncio.run(_one_guest())
    told = {
        "done": done,
        "functions": [each.get_function_name() for each in function_app.app.get_functions()],
        "models": [name for name in sys.modules if name.startswith("msgraph.generated.models")],
        "by_night": [name for name in loaded if OF_THE_NIGHT.match(name)],
        "spans": [_words(span) for span in spans.get_finished_spans()],
    }
    print(json.dumps(told))


def _words(span: ReadableSpan) -> str:
    attributes = [span.attributes, *(event.attributes for event in span.events)]
    return " ".join([span.name, *(str(dict(some or {})) for some in attributes)])


async def _one_guest() -> list[str]:
    from b2b.domain.guest import GuestId, Invitation
    from b2b.domain.request import Address, GroupId
    from tests.adapters.standin import GROUP, scene
    from tests.adapters.test_graph_directory import TERMS

    async with scene() as here:
        here.group()
        await here.directory.find(Address(LENA))
        here.fails("POST", "^/invitations", status=503)
        try:
            await here.directory.invite(Address(LENA), "Lena", TERMS, mail=True)
        except Exception as failure:
            print(type(failure).__name__, file=sys.stderr)
        made = await here.directory.invite(Address(LENA), "Lena", TERMS, mail=True)
        assert isinstance(made, Invitation)
        await here.directory.find(Address(LENA))
        await here.directory.add_members(GroupId(GROUP), [GuestId(made.guest)])
        await here.directory.add_members(GroupId(GROUP), [GuestId(made.guest)])
        return sorted(here.members())


if __name__ == "__main__":
    main()
