"""Which encoding the bytes are in: a byte order mark, the pattern of NULs, UTF-8, Windows-1252."""

import codecs
from collections.abc import Iterable, Iterator

HEAD = 128 * 1024  # bytes by which a file is judged
PIECE = 64 * 1024

# The longer marks first: that of UTF-32-LE begins like that of UTF-16-LE.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NOT_IN_CP1252 = b"\x81\x8d\x8f\x90\x9d"
_CONTROLS = bytes(set(range(0x20)) - set(b"\0\t\n\v\f\r\x1a")) + b"\x7f"


def pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of one size, so that the reader cannot depend on the chunks."""
    waiting = bytearray()
    for chunk in chunks:
        for start in range(0, len(chunk), PIECE):
            waiting += chunk[start : start + PIECE]
            while len(waiting) >= PIECE:
                yield bytes(waiting[:PIECE])
                del waiting[:PIECE]
    if waiting:
        yield bytes(waiting)


def texts(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """The text in pieces, without its byte order mark and its NULs. Never raises."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    begun = False
    for piece in pieces(chunks):
        text = decoder.decode(piece).replace("\x00", "")
        if not begun and text:
            begun, text = True, text.lstrip("\ufeff")
        yield text
    yield decoder.decode(b"", final=True).replace("\x00", "")


class EncodingJudge:
    """Sees all bytes once, keeps only the first of them, and then tells the encoding."""

    def __init__(self) -> None:
        self.head = b""
        self._size = self._controls = self._nuls = self._nuls_at_end = 0
        self._suits_cp1252 = True
        self._trial: _Trial | None = None

    def see(self, piece: bytes) -> None:
        if self._trial is None:
            self._trial = _Trial(_by_mark(piece) or _by_nuls(piece) or "utf-8")
        if len(self.head) < HEAD:
            self.head += piece[: HEAD - len(self.head)]
        self._trial.see(piece)
        self._suits_cp1252 &= len(piece.translate(None, _NOT_IN_CP1252)) == len(piece)
        self._count(piece)

    def verdict(self) -> str | None:
        """None: this is no text that we can read."""
        if self._trial is None:
            return "utf-8"
        wide = self._trial.encoding.startswith(("utf-16", "utf-32"))
        if not wide and self._is_binary():
            return None
        if self._trial.ends_well():
            return self._trial.encoding
        narrow = self._trial.encoding == "utf-8" and not self._trial.was_cut()
        return "cp1252" if narrow and self._suits_cp1252 else None

    def _count(self, piece: bytes) -> None:
        self._size += len(piece)
        self._controls += len(piece) - len(piece.translate(None, _CONTROLS))
        self._nuls += piece.count(0)
        bare = len(piece.rstrip(b"\0"))
        self._nuls_at_end = len(piece) - bare + (0 if bare else self._nuls_at_end)

    def _is_binary(self) -> bool:
        """Stray controls and a tail of NULs happen to text; more of them does not."""
        nuls_inside = self._nuls - self._nuls_at_end
        return self._controls > 4 + self._size // 500 or nuls_inside > 16 + self._size // 100


class _Trial:
    """Whether the bytes are strictly of one encoding."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._fits = True
        self._beyond_ascii = self._cut = False

    def see(self, piece: bytes) -> None:
        if not self._fits:
            return
        try:
            self._beyond_ascii |= not self._decoder.decode(piece).isascii()
        except UnicodeDecodeError:
            self._fits = False

    def ends_well(self) -> bool:
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            self._cut, self._fits = self._fits, False
        return self._fits

    def was_cut(self) -> bool:
        """Proper to its last character, and only that is missing its end."""
        return self._cut and self._beyond_ascii


def _by_mark(piece: bytes) -> str | None:
    return next((name for mark, name in _MARKS if piece.startswith(mark)), None)


def _by_nuls(piece: bytes) -> str | None:
    """UTF-16 without a mark: most separators and letters have a NUL on one and the same side."""
    head = piece[:4096]
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if half >= 2 and odd > 0.3 * half and even <= 0.02 * half:
        return "utf-16-le"
    if half >= 2 and even > 0.3 * half and odd <= 0.02 * half:
        return "utf-16-be"
    return None
