import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b.policy_file.fault import Path
from b2b.policy_file.lines import lines_of
from tests.domain.policy.test_policy_file import EXAMPLE

TRICKY = '''\
# [comment] = "no"
a.b."c.d" = 1 # a = 2

"e#" = "x = [1, # no" # yes
f = """
[no]
g = 1 \\""" "" x"""""
h = \'\'\'
[[no]]\'\'\'
i = [ # ]
  1,

  [2, 3], { j = "]", k.l = [4] },
  "}",
]
m = 1979-05-27 07:32:00
[[n]]
[[n]]
o = 1
  [n.p]
  q = 1
  [[n.r]]
  [[n.r]]
  's t' = -inf
[ u . "v w" ]
x = true'''

PLACES: dict[Path, int] = {
    ("a",): 2,
    ("a", "b"): 2,
    ("a", "b", "c.d"): 2,
    ("e#",): 4,
    ("f",): 5,
    ("h",): 8,
    ("i",): 10,
    ("i", 0): 11,
    ("i", 1): 13,
    ("i", 1, 1): 13,
    ("i", 2): 13,
    ("i", 2, "j"): 13,
    ("i", 2, "k", "l", 0): 13,
    ("i", 3): 14,
    ("m",): 16,
    ("n",): 17,
    ("n", 0): 17,
    ("n", 1): 18,
    ("n", 1, "o"): 19,
    ("n", 1, "p"): 20,
    ("n", 1, "p", "q"): 21,
    ("n", 1, "r", 0): 22,
    ("n", 1, "r", 1): 23,
    ("n", 1, "r", 1, "s t"): 24,
    ("u", "v w"): 25,
    ("u", "v w", "x"): 26,
}


def paths_in(content: object, path: Path = ()) -> Iterator[Path]:
    """Every table, key and entry that tomllib finds."""
    yield path
    steps: list[tuple[str | int, object]] = []
    if isinstance(content, dict):
        steps = list(content.items())
    if isinstance(content, list):
        steps = list(enumerate(content))
    for step, inner in steps:
        yield from paths_in(inner, (*path, step))


@pytest.mark.parametrize(("path", "line"), PLACES.items())
def test_a_key_is_found_on_its_line(path: Path, line: int) -> None:
    assert lines_of(TRICKY)[path] == line


@pytest.mark.parametrize("text", [TRICKY, EXAMPLE.decode()])
def test_whatever_tomllib_reads_has_a_line(text: str) -> None:
    assert set(paths_in(tomllib.loads(text))) <= set(lines_of(text))


def quoted(text: str) -> str:
    signs = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(signs.get(sign, sign) for sign in text) + '"'


def written(value: Any, gap: str) -> str:
    """TOML of a value; `gap` stands where arrays may break."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return quoted(value)
        case list():
            return "[" + ",".join(gap + written(entry, gap) for entry in value) + gap + "]"
    return "{" + ", ".join(f"{quoted(k)} = {written(v, gap)}" for k, v in value.items()) + "}"


TEXTS = st.text("a=[]{}#',\"\\. ", max_size=5)
VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(0, 9), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)


@given(
    content=st.dictionaries(TEXTS, VALUES, max_size=5),
    gap=st.sampled_from(["", " ", "\n", " # ]\n\n  "]),
)
def test_every_written_key_is_found_on_its_line(content: dict[str, Any], gap: str) -> None:
    text, lines = "", {}
    for key, value in content.items():
        lines[(key,)] = text.count("\n") + 1
        text += f"{quoted(key)} = {written(value, gap)}\n"
    found = lines_of(text)

    assert tomllib.loads(text) == content
    assert {path: found[path] for path in lines} == lines
    assert set(found) == set(paths_in(content))
