"""Azure SDK errors in our words: what storage and Service Bus cannot do now, they may do later."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceModifiedError,
    ServiceRequestError,
    ServiceResponseError,
)

from b2b.domain.errors import TryLater
from b2b.domain.reason import Reason

_BUSY = {408, 429, 500, 502, 503, 504}


@contextmanager
def in_our_words(service: str) -> Iterator[None]:
    """Raises TryLater for what passes; a 403 or a wrong request goes out as the bug it is."""
    try:
        yield
    except ResourceModifiedError as conflict:
        reason = Reason("changed_meanwhile", f"Another writer was first ({service}).")
        raise TryLater(reason, timedelta(seconds=1)) from conflict
    except (ServiceRequestError, ServiceResponseError) as failure:
        raise _unreachable(service) from failure
    except HttpResponseError as failure:
        if failure.status_code in _BUSY:
            raise _unreachable(service) from failure
        raise
    except AzureError as failure:
        raise _unreachable(service) from failure


def _unreachable(service: str) -> TryLater:
    return TryLater(
        Reason(f"{service}_unreachable", f"{service} did not answer."), timedelta(seconds=5)
    )
