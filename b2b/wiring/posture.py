"""The audit of the tenant, put together."""

from b2b.adapters.graph.tenant.inspector import GraphInspector
from b2b.flows.activity_coverage import CoverageFile
from b2b.flows.posture import PostureAudit
from b2b.flows.posture_report import PostureReport
from b2b.wiring.activity import sign_in_lines
from b2b.wiring.connections import Connections


def posture(shared: Connections) -> PostureAudit:
    return PostureAudit(
        inspector=GraphInspector(shared.graph, shared.pacing),
        sign_ins=sign_in_lines(shared),
        reach=CoverageFile(shared.files).read,
        policy=shared.policy,
        report=PostureReport(shared.files),
        clock=shared.clock,
    )
