"""Files that are no CSV at all, told by their first bytes."""

import re

from b2b.domain.reason import Reason

_AS_CSV = "open it in the program it comes from and save it as 'CSV UTF-8'"

_SIGNATURES = (
    (b"PK\x03\x04", "xlsx_not_csv", f"This is an Excel workbook (or a ZIP archive): {_AS_CSV}."),
    (b"PK\x05\x06", "xlsx_not_csv", f"This is an empty ZIP archive: {_AS_CSV}."),
    (b"\xd0\xcf\x11\xe0", "xls_not_csv", f"This is an old or encrypted Office file: {_AS_CSV}."),
    (b"\x09\x08\x10\x00\x00\x06\x05\x00", "xls_not_csv", f"This is an old workbook: {_AS_CSV}."),
    (b"%PDF", "pdf_not_csv", "This is a PDF: send the list it was made from, as a CSV file."),
    (b"\x1f\x8b", "compressed_not_csv", "This is a gzip archive: unpack it first."),
    (b"BZh", "compressed_not_csv", "This is a bzip2 archive: unpack it first."),
    (b"7z\xbc\xaf\x27\x1c", "compressed_not_csv", "This is a 7-Zip archive: unpack it first."),
    (b"Rar!\x1a\x07", "compressed_not_csv", "This is a RAR archive: unpack it first."),
    (b"\xfd7zXZ\x00", "compressed_not_csv", "This is an xz archive: unpack it first."),
    (b"\x28\xb5\x2f\xfd", "compressed_not_csv", "This is a zstd archive: unpack it first."),
    (b"{\\rtf", "document_not_csv", f"This is a text document: {_AS_CSV}."),
)

_MARKUP = re.compile(
    r"\s*<(?:!doctype|!--|\?xml|html|head|body|table|div|meta|script|svg|rss|soap)", re.I
)
_JSON = re.compile(r"""\s*(?:\{\s*(?:"|\}\s*\Z)|\[\s*(?:\{|\[|"|-?\d|\]\s*\Z))""")


def by_first_bytes(head: bytes) -> Reason | None:
    """For file kinds that have a signature."""
    for magic, code, sentence in _SIGNATURES:
        if head.startswith(magic):
            return Reason(code, sentence)
    return None


def by_first_characters(text: str) -> Reason | None:
    """For text that is no table."""
    if _MARKUP.match(text):
        return Reason(
            "html_not_csv", "This is a web page or XML, perhaps an error page: not a CSV."
        )
    if _JSON.match(text):
        return Reason("json_not_csv", "This is JSON: send the list as a CSV file.")
    return None
