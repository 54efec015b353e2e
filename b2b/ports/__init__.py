"""What the flows ask for: each port is a short promise, kept by an adapter and by a fake."""

from b2b.ports.access import Colleagues, Grants, Packages, SponsorLinks
from b2b.ports.files import Files, OpenUpload
from b2b.ports.lifecycle import Accounts, Dispatch, Journal, Roll
from b2b.ports.onboarding import Directory, Ledger, Queues
from b2b.ports.shared import Clock, Page, PolicyNow

__all__ = [
    "Accounts",
    "Clock",
    "Colleagues",
    "Directory",
    "Dispatch",
    "Files",
    "Grants",
    "Journal",
    "Ledger",
    "OpenUpload",
    "Packages",
    "Page",
    "PolicyNow",
    "Queues",
    "Roll",
    "SponsorLinks",
]
