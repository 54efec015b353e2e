import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b.domain.policy.redirect import allows

ALLOWED = (
    "https://myapps.microsoft.com",
    "https://contoso.sharepoint.com/sites/aurora",
    "https://contoso.example/page?tab=1",
    "https://contoso.example:8443/team/",
)


@pytest.mark.parametrize(
    "url",
    [
        *ALLOWED,
        "https://myapps.microsoft.com/",
        "https://myapps.microsoft.com/any/page?x=1#y",
        "https://myapps.microsoft.com:443/page",
        "HTTPS://MyApps.Microsoft.com/page",
        "https://contoso.sharepoint.com/sites/aurora/",
        "https://contoso.sharepoint.com/sites/aurora/Docs",
        "https://contoso.sharepoint.com/sites/aurora?web=1",
        "https://contoso.sharepoint.com/sites/aurora/a..b/.well-known",
        "https://contoso.example:8443/team/page",
    ],
)
def test_a_listed_url_and_the_pages_below_it_are_allowed(url: str) -> None:
    assert allows(ALLOWED, url)


@pytest.mark.parametrize(
    "url",
    [
        "http://myapps.microsoft.com/",
        "https://myapps.microsoft.com.evil.example/",
        "https://evil.example/https://myapps.microsoft.com",
        "https://evil.example/?u=https://myapps.microsoft.com",
        "https://xmyapps.microsoft.com/",
        "https://myapps.microsoft.com@evil.example/",
        "https://evil.example@myapps.microsoft.com/",
        "https://myapps.microsoft.com:8443/",
        "https://myapps.microsoft.com:x/",
        "https://contoso.sharepoint.com",
        "https://contoso.sharepoint.com/sites/aurora2",
        "https://contoso.sharepoint.com/sites/Aurora",
        "https://contoso.sharepoint.com/sites/aurora/../secret",
        "https://contoso.sharepoint.com/sites/aurora/%2e%2E/secret",
        "https://contoso.sharepoint.com/sites/aurora/%252e%252e/secret",
        "https://contoso.sharepoint.com/sites/aurora/x%2f..%2f../secret",
        "https://contoso.sharepoint.com/sites/aurora/..%5csecret",
        "https://contoso.sharepoint.com/sites/aurora/..;/secret",
        "https://contoso.sharepoint.com\\@evil.example/sites/aurora",
        "https://contoso.sharepoint.com/sites/aurora/ x",
        "https://contoso.sharepoint.com/sites/aurora\t",
        "https:///sites/aurora",
        "https://[contoso/",
        "//myapps.microsoft.com/",
        "myapps.microsoft.com",
        "javascript:alert(1)",
        "https://contoso.example/page",
        "https://contoso.example/page?tab=2",
        "https://contoso.example/page/below?tab=1",
        "https://contoso.example/team/page",
    ],
)
def test_anything_else_is_not(url: str) -> None:
    assert not allows(ALLOWED, url)


@given(st.text("/?#:@.\\%2e;a", max_size=12), st.sampled_from(ALLOWED[:2]))
def test_only_a_new_step_or_the_end_may_follow_a_listed_url(tail: str, base: str) -> None:
    if allows((base,), base + tail):
        assert re.split(r"[/?#]", tail)[0] in {"", ":"}  # an empty port is the usual one


@given(st.text(max_size=80))
def test_no_text_makes_the_comparison_fail(text: str) -> None:
    assert allows(ALLOWED, text) in {True, False}
