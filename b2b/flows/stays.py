"""All that keeps the length of a stay: what a House holds of the lifecycle."""

from dataclasses import dataclass

from b2b.flows.approving import Approving
from b2b.flows.departure import Departing
from b2b.flows.giving_back import GivingBack
from b2b.flows.sweep import Sweep
from b2b.flows.taking_back import TakingBack
from b2b.flows.vigil import Vigil
from b2b.ports import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    journal: Journal
    sweep: Sweep
    approving: Approving
    departing: Departing
    giving_back: GivingBack
    taking_back: TakingBack
    vigil: Vigil
