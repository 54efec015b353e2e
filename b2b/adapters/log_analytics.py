"""The tables of a Log Analytics workspace, filled by the Logs Ingestion API.

Parcels are cut here: those that the SDK cuts by itself do not count the commas between rows and
may pass the limit of 1 MB (azure-monitor-ingestion 1.1.0, _helpers.py). The limit is that of one
call: https://learn.microsoft.com/azure/azure-monitor/service-limits (read 2026-11-23).
"""

import json
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.transport import AsyncHttpTransport

from b2b.adapters.azure_errors import in_our_words
from b2b.domain.activity import Event, Kind
from b2b.domain.errors import Refused
from b2b.domain.reason import Reason

LARGEST = 900_000  # bytes of JSON in a call
STREAMS = {Kind.SIGN_INS: "Custom-GuestSignIns", Kind.AUDITS: "Custom-GuestAudits"}
SERVICE = "log_analytics"

Row = MutableMapping[str, Any]


class LogAnalytics:
    """`rule` is the immutable id of the data collection rule (dcr-...)."""

    def __init__(
        self,
        endpoint: str,
        rule: str,
        credential: AsyncTokenCredential,
        transport: AsyncHttpTransport[Any, Any] | None = None,
        retries: int = 3,
    ) -> None:
        self._endpoint, self._rule, self._credential = endpoint, rule, credential
        self._options: dict[str, Any] = {"retry_total": retries}
        if transport is not None:
            self._options["transport"] = transport

    async def send(self, kind: Kind, events: Sequence[Event]) -> None:
        # Here, since most tenants never send: it would be loaded at every cold start.
        from azure.monitor.ingestion.aio import LogsIngestionClient

        client = LogsIngestionClient(self._endpoint, self._credential, **self._options)
        async with client:
            for rows in _parcels(events):
                with _told():
                    await client.upload(self._rule, STREAMS[kind], rows)


@contextmanager
def _told() -> Iterator[None]:
    """What the rule refuses is refused; the parcel waits for people to look."""
    try:
        with in_our_words(SERVICE):
            yield
    except HttpResponseError as failure:
        words = f"The data collection rule answered {failure.status_code}."
        raise Refused(Reason("log_analytics_refused", words)) from failure


def _parcels(events: Sequence[Event]) -> Iterator[list[Row]]:
    rows: list[Row] = []
    size = 0
    for event in events:
        row = _row(event)
        length = len(json.dumps(row)) + 2
        if rows and size + length > LARGEST:
            yield rows
            rows, size = [], 0
        rows.append(row)
        size += length
    if rows:
        yield rows


def _row(event: Event) -> Row:
    """A workspace may date what is days old as of today; EventTime stays what it is."""
    moment = event.at.isoformat()
    return {
        "TimeGenerated": moment,
        "EventTime": moment,
        "EventId": event.id,
        "Event": json.loads(event.line),
    }
