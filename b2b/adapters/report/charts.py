"""Charts as inline SVG: pygal draws the geometry, the page's own style sheet the colours.

What pygal adds of its own (style, script, random ids, comments with a date) is taken out: the page
allows nothing that it does not name, and the same picture gives the same bytes.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from xml.etree import ElementTree

from b2b.domain.census import State

NAMESPACE = "http://www.w3.org/2000/svg"
UNWANTED = {f"{{{NAMESPACE}}}{name}" for name in ("defs", "title", "desc", "style", "script")}
WIDE, HIGH, ROUND = 640, 400, 220


def course(points: Sequence[tuple[date, int]]) -> str:
    """The number of guests over time; empty when one day is all there is."""
    if len(points) < 2:
        return ""
    import pygal  # half a second, and only this function needs it

    first = points[0][0]
    chart = pygal.XY(
        **_plain(WIDE, HIGH),
        dots_size=3,
        x_value_formatter=lambda days: _day(first, days),
        value_formatter=lambda number: f"{number:,.0f}",
        range=_range([number for _, number in points]),
        y_labels_major_count=4,
        show_minor_y_labels=False,
        x_labels=_ticks((points[-1][0] - first).days),
    )
    line = [((day - first).days, number) for day, number in points]
    chart.add("area", line, fill=True, show_dots=False)  # closed along the ground, so no line
    chart.add("guests", line, show_dots=len(points) <= 31)
    return _drawn(chart)


def ring(states: Sequence[tuple[State, int]]) -> str:
    """How the guests share out among the states; empty when there is nobody."""
    if not any(number for _, number in states):
        return ""
    import pygal  # as above

    chart = pygal.Pie(**_plain(ROUND, ROUND), inner_radius=0.66)
    for state, number in states:
        chart.add(state.value, number)
    return _drawn(chart)


def _plain(width: int, height: int) -> dict[str, Any]:
    return {
        **{"width": width, "height": height, "margin": 4, "spacing": 6},
        **{"js": [], "css": [], "show_legend": False, "disable_xml_declaration": True},
    }


def _range(numbers: Sequence[int]) -> tuple[int, int]:
    """Room above and below, and never a flat line that looks like a cliff."""
    low, high = min(numbers), max(numbers)
    room = max((high - low) // 4, high // 50, 2)
    return max(low - room, 0), high + room


def _ticks(days: int) -> list[int]:
    step = max(days // 4, 1)
    return list(range(0, days + 1, step))


def _day(first: date, days: float) -> str:
    day = date.fromordinal(first.toordinal() + round(days))
    return f"{day.day} {day:%b}"


def _drawn(chart: Any) -> str:
    """Hidden from screen readers: the table beside it says the same."""
    root = chart.render_tree()
    root.attrib.pop("id", None)
    root.attrib.pop("class", None)
    root.set("class", "chart")
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    _prune(root)
    ElementTree.register_namespace("", NAMESPACE)
    return ElementTree.tostring(root, encoding="unicode")


def _prune(parent: Any) -> None:
    for child in list(parent):
        if not isinstance(child.tag, str) or _qualified(child.tag) in UNWANTED:
            parent.remove(child)
            continue
        for name in ("style", "id"):
            child.attrib.pop(name, None)
        _prune(child)


def _qualified(tag: str) -> str:
    return tag if tag.startswith("{") else f"{{{NAMESPACE}}}{tag}"
