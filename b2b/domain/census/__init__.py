"""Everybody counted: what the nightly census tells of the guests as a whole."""

from b2b.domain.census.counting import Figures, Funnel, Group, Terms, count
from b2b.domain.census.limits import Gauges, Limit, Quota
from b2b.domain.census.person import Enrolled, Known, Person, Sponsored, State, join
from b2b.domain.census.picture import Attention, Check, Picture, PostureNow, counts
from b2b.domain.census.trend import Change, Past

__all__ = [
    "Attention",
    "Change",
    "Check",
    "Enrolled",
    "Figures",
    "Funnel",
    "Gauges",
    "Group",
    "Known",
    "Limit",
    "Past",
    "Person",
    "Picture",
    "PostureNow",
    "Quota",
    "Sponsored",
    "State",
    "Terms",
    "count",
    "counts",
    "join",
]
