"""A dropped CSV file, read as wishes, refusals and notes; or refused as a whole for one reason."""

from b2b.domain.upload.neutral import safe_cell, safe_line
from b2b.domain.upload.rows import read_rows
from b2b.domain.upload.shapes import (
    AskedRow,
    Note,
    ReadingRules,
    RefusedFile,
    Row,
    SkippedRow,
    Source,
    Upload,
)
from b2b.domain.upload.survey import file_too_large, survey
from b2b.domain.upload.warnings import Warnings

__all__ = [
    "AskedRow",
    "Note",
    "ReadingRules",
    "RefusedFile",
    "Row",
    "SkippedRow",
    "Source",
    "Upload",
    "Warnings",
    "file_too_large",
    "read_rows",
    "safe_cell",
    "safe_line",
    "survey",
]
