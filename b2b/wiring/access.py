"""What access beyond groups is made of, put together."""

from dataclasses import dataclass

from b2b.adapters.access_removals import TableAccessRemovals
from b2b.adapters.grants import TableGrants
from b2b.adapters.graph.colleagues import GraphColleagues
from b2b.adapters.graph.packages import GraphPackages
from b2b.flows.packages import Packaging
from b2b.flows.sponsoring import Sponsoring
from b2b.wiring.connections import Connections


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    packages: GraphPackages
    packaging: Packaging
    removals: TableAccessRemovals
    sponsoring: Sponsoring


def access(shared: Connections) -> Access:
    settings = shared.settings
    packages = GraphPackages(shared.graph, shared.pacing)
    colleagues = GraphColleagues(shared.graph, shared.pacing)
    return Access(
        packages=packages,
        packaging=Packaging(
            packages=packages,
            grants=TableGrants(shared.tables),
            clock=shared.clock,
            look_again=settings.package_look_seconds,
            replication=settings.replication_seconds,
        ),
        removals=TableAccessRemovals(shared.tables),
        sponsoring=Sponsoring(colleagues=colleagues, links=colleagues, clock=shared.clock),
    )
