"""What the flows ask for: each port is a short promise, kept by an adapter and by a fake."""

from b2b.ports.access import AccessRemovals, Colleagues, Grants, Packages, SponsorLinks
from b2b.ports.activity import (
    ActiveGuests,
    ActivityFindings,
    EventLog,
    LogTable,
    Roster,
    SignInLines,
)
from b2b.ports.brakes import BrakePlaces
from b2b.ports.files import FileProperties, Files, OpenUpload, PolicyFile, Written
from b2b.ports.lifecycle import Accounts, Dispatch, Journal, Roll
from b2b.ports.messages import Copies, DeadLetterQueues, SealKey
from b2b.ports.onboarding import Directory, Ledger, Queues
from b2b.ports.posture import ExportReach, Inspector
from b2b.ports.shared import Clock, Page, PolicyNow, UnreadItem

__all__ = [
    "AccessRemovals",
    "Accounts",
    "ActiveGuests",
    "ActivityFindings",
    "BrakePlaces",
    "Clock",
    "Colleagues",
    "Copies",
    "DeadLetterQueues",
    "Directory",
    "Dispatch",
    "EventLog",
    "ExportReach",
    "FileProperties",
    "Files",
    "Grants",
    "Inspector",
    "Journal",
    "Ledger",
    "LogTable",
    "OpenUpload",
    "Packages",
    "Page",
    "PolicyFile",
    "PolicyNow",
    "Queues",
    "Roll",
    "Roster",
    "SealKey",
    "SignInLines",
    "SponsorLinks",
    "UnreadItem",
    "Written",
]
