"""How the broker says no: an AMQP condition and a text."""

NOT_FOUND = "amqp:not-found"
NOT_ALLOWED = "amqp:not-allowed"
NOT_IMPLEMENTED = "amqp:not-implemented"
UNAUTHORIZED = "amqp:unauthorized-access"
LIMIT_EXCEEDED = "amqp:resource-limit-exceeded"
TOO_LARGE = "amqp:link:message-size-exceeded"
DECODE_ERROR = "amqp:decode-error"
LOCK_LOST = "com.microsoft:message-lock-lost"
MESSAGE_NOT_FOUND = "com.microsoft:message-not-found"
SESSION_TAKEN = "com.microsoft:session-cannot-be-locked"
SESSION_LOST = "com.microsoft:session-lock-lost"
ARGUMENT = "com.microsoft:argument-error"
TIMEOUT = "com.microsoft:timeout"


class Refused(Exception):
    """Answered to whoever asked; the link stays."""

    def __init__(self, condition: str, description: str) -> None:
        super().__init__(f"{condition}: {description}")
        self.condition = condition
        self.description = description


class Detached(Refused):
    """The link is closed with this error."""


class Reset(Exception):
    """The connection is cut without a word."""
