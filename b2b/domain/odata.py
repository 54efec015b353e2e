"""Text within an OData filter. What Graph and Azure Tables read is a value, whatever it holds."""


def quoted(text: str) -> str:
    """As a string literal: quotes are doubled, and control characters are gone."""
    plain = "".join(sign for sign in text if sign >= " " and sign != "\x7f")
    return "'" + plain.replace("'", "''") + "'"
