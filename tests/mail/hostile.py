# ruff: noqa: E501
"""Texts as an attacker writes them, out of a generator: the same seed makes the same texts."""

from random import Random

EVIL = "evil.example"
_LINES = "x=0d=0aBcc:_all=40contoso=2Ecom=0d=0aX:"
FRAGMENTS = (
    f"=?utf-8?q?{_LINES}?=", f"=?utf-8?Q?{_LINES}", "=?utf-8?b?DQpCY2M6IHZAZXZpbC5leGFtcGxl?=",
    "=?utf-8?q?https=3A//evil=2Eexample/login?=", "=?iso-8859-1?q?=22=20=3Cv=40evil=2Eexample=3E?=",
    "=?us-ascii*en?q?=0a=0a?=", "=?utf-7?b?KwANAAo-?=", "=", "?", "=?", "?=", "?q?", "?b?", "=\u200b?",
    "\r\n", "\r", "\n", "\r\n\r\n", "\x00", "\x0b", "\x0c", "\x1b[2J", "\x85", "\u2028", "\u2029",
    "\u202e", "\u2066", "\u200b", "\u2060", "\ufeff", "\ud800", "\U000e0041", "\u009b31m",
    "Bcc: v@evil.example", "Reply-To: v@evil.example", "Content-Type: text/html", "--guestkeeper-",
    f"--guestkeeper-{'0' * 32}", f"--guestkeeper-{'0' * 32}--",
    '"', "\\", '\\"', "<", ">", "<v@evil.example>", '"a" <v@evil.example>,', ",", ";", ":", "()", "(x",
    "@", "v@evil.example", "v@evil.example, w@evil.example", "group: v@evil.example;",
    "https://evil.example/x", "HTTPS://EVIL.EXAMPLE", "http:\\\\evil.example", "//evil.example/a",
    "www.evil.example", "evil.example", "evil\u3002example", "evil.example/login", "evil.example:8080/a",
    "mailto:v@evil.example", "javascript:alert(1)", "data:text/html,x", "tel:+49301234", "sms:110",
    "file:\\\\evil\\share", "\\\\evil\\share", "\\\\evil.example\\share", "ms-word:ofe|u|x", "x-app:go",
    "search-ms:query=x", "callto:x", "hxxp:x", "vbscript:x",
    "<a href=//evil.example>pay</a>", "</p><script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "{{ link }}", "{% raw %}", "{{ 7*7 }}", "&lt;a href=&quot;//evil.example&quot;&gt;", "&#58;//evil",
    "' style='background:url(//evil.example)", "]]>", "<!--", "-->", "</title>", "</style>",
    "Lena", "O'Hara", "Müller", "山田", "🙂", "é", " ", "  ", "\t", ".", "..", "-- ", "a" * 60, "ü" * 60,
)  # fmt: skip


def hostile_text(chance: Random) -> str:
    return "".join(chance.choices(FRAGMENTS, k=chance.randint(1, 8)))


def hostile_address(chance: Random) -> str:
    """One that the readers of files and messages let pass."""
    local = "".join(chance.choices("abz019!#$%&'*+/=?^_`{|}~-", k=chance.randint(1, 12)))
    return f"{local}@fabrikam.example"
