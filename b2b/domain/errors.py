"""The two errors raised on purpose; everything else is a bug."""

from datetime import timedelta

from b2b.domain.reason import Reason


class Refused(Exception):
    """Asking again will not help. Ends in the ledger with its reason; the message is done."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


class TryLater(Exception):
    """The same request may succeed after a while.

    `after` is the least wait. `unclear` says that the service may have done the work already
    although no answer came, so a write must not be repeated before looking.
    """

    def __init__(self, reason: Reason, after: timedelta, *, unclear: bool = False) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.after = after
        self.unclear = unclear
