"""Where a guest may land after redeeming: URLs that the policy lists, and pages below them."""

from functools import lru_cache
from urllib.parse import SplitResult, unquote, urlsplit


@lru_cache(maxsize=256)  # thousands of rows ask for the same few pages
def allows(allowed: tuple[str, ...], url: str) -> bool:
    """True for a listed URL itself and for a path below it on the same scheme, host and port."""
    if url in allowed:
        return True
    asked = parts_of(url)
    return asked is not None and any(_is_below(asked, parts_of(base)) for base in allowed)


def _is_below(asked: SplitResult, base: SplitResult | None) -> bool:
    # A listed URL with a query or fragment is one page: nothing lies below it.
    if base is None or base.query or base.fragment or _origin(asked) != _origin(base):
        return False
    root = base.path.rstrip("/")
    return asked.path == root or asked.path.startswith(root + "/")


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or {"https": 443, "http": 80}.get(url.scheme)


def parts_of(url: str) -> SplitResult | None:
    """None for what parsers read differently: blanks, backslashes, user parts, dot steps."""
    if not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.hostname and "@" not in parts.netloc and _is_plain(parts.path) else None


def _is_plain(path: str) -> bool:
    # Decoded twice because some servers do; cut at ";" because some take "..;" for "..".
    meant = unquote(unquote(path)).replace("\\", "/")
    return not any(step.partition(";")[0] in {".", ".."} for step in meant.split("/"))
