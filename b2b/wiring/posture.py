"""The audit of the tenant, put together."""

from b2b.adapters.graph.tenant.inspector import GraphInspector
from b2b.adapters.sign_in_lines import BlobSignIns
from b2b.flows.posture import PostureAudit
from b2b.flows.posture_report import PostureReport
from b2b.wiring.connections import Connections


def posture(shared: Connections) -> PostureAudit:
    return PostureAudit(
        inspector=GraphInspector(shared.graph, shared.pacing),
        sign_ins=BlobSignIns(shared.files, shared.clock),
        policy=shared.policy,
        report=PostureReport(shared.files),
        clock=shared.clock,
    )
