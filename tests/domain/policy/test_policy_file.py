import json
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from b2b.domain.policy import (
    DEFAULT_BRAKES,
    Brake,
    DailyBrake,
    Effect,
    Exemption,
    GuestAccess,
    InvitationsFrom,
    Lifecycle,
    Mode,
    Partner,
    PartnerDomain,
    Policy,
    Posture,
    UserType,
)
from b2b.domain.request import Address, Delivery, GroupId
from b2b.policy_file import PolicyFaults, read_policy, schema
from tests.domain.policy.examples import AURORA, FINANCE, SOUND, WORKSPACE, policy_of

ROOT = Path(__file__).parents[3]
EXAMPLE = (ROOT / "policy.example.toml").read_bytes()
COMMITTED = ROOT / "docs" / "policy.schema.json"


def test_the_example_has_no_fault_and_says_what_it_teaches() -> None:
    policy = policy_of(EXAMPLE)
    fabrikam, example_ltd, example_org = policy.partners

    assert policy.own_domains == ("contoso.com", "contoso.onmicrosoft.com")
    assert fabrikam.domains == (PartnerDomain("fabrikam.com", subdomains=True),)
    assert fabrikam.groups["Partner-Aurora"] == AURORA
    assert fabrikam.groups["Partner-Finance-Read"] == FINANCE
    assert fabrikam.access_packages == {"Aurora Workspace": WORKSPACE}
    assert (example_ltd.name, example_ltd.groups["Partner-Aurora"]) == ("Example Ltd", AURORA)
    assert (example_org.delivery, example_org.groups) == (Delivery.LINK, {})
    assert {p.longest_stay_days for p in policy.partners} == {365}
    assert {p.default_stay_days for p in policy.partners} == {180}


def test_the_example_writes_out_the_defaults_of_the_sweep_and_the_audits() -> None:
    policy = policy_of(EXAMPLE)

    assert policy.lifecycle == Lifecycle() == policy_of(SOUND).lifecycle
    assert policy.posture == Posture(break_glass=("00000000-0000-4000-8000-0000000000e1",))


def test_a_short_policy_takes_our_defaults() -> None:
    policy = policy_of(SOUND)

    assert policy == Policy(
        version="v1",
        own_domains=("contoso.com",),
        partners=(Partner(name="Fabrikam", domains=(PartnerDomain("fabrikam.com"),)),),
    )
    assert policy.lifecycle.mode is Mode.REPORT


def test_a_policy_without_partners_admits_nobody_and_is_sound() -> None:
    assert policy_of("own_domains = ['contoso.com']").partners == ()


def test_defaults_hold_for_each_partner_that_does_not_say_otherwise() -> None:
    policy = policy_of(
        """
        own_domains = ["contoso.com"]
        [defaults]
        sponsor = "s.weber@contoso.com"
        sponsor_required = true
        senders = ["hr-portal"]
        default_stay_days = 30
        longest_stay_days = 60
        user_type = "Member"
        language = "fr"
        redirect_urls = ["https://contoso.example/"]
        delivery = "mail"
        allow_links_in_message = true
        [[partners]]
        name = "Follows"
        domains = ["a.example"]
        [[partners]]
        name = "Differs"
        domains = ["b.example"]
        sponsor_required = false
        senders = ["uploads"]
        default_stay_days = 180
        longest_stay_days = 365
        """
    )
    common: dict[str, Any] = {
        "sponsor": "s.weber@contoso.com",
        "user_type": UserType.MEMBER,
        "language": "fr",
        "redirect_urls": ("https://contoso.example/",),
        "delivery": Delivery.MAIL,
        "allow_links_in_message": True,
    }
    follows: dict[str, Any] = {
        **common,
        "sponsor_required": True,
        "senders": frozenset({"hr-portal"}),
        "default_stay_days": 30,
        "longest_stay_days": 60,
    }

    assert policy.partners == (
        Partner(name="Follows", domains=(PartnerDomain("a.example"),), **follows),
        Partner(name="Differs", domains=(PartnerDomain("b.example"),), **common),
    )


def test_a_partner_that_takes_strangers_needs_no_domain() -> None:
    policy = policy_of(
        "own_domains = ['contoso.com']\nunknown_domains = 'Others'\n[[partners]]\nname = 'Others'"
    )

    assert policy.unknown_domains == "Others"


def test_brakes_are_read_and_leaves_default_to_the_limit_they_had() -> None:
    lifecycle = "\n[lifecycle]\nblock_brake = { most = 7, percent = 50.0 }\n"
    none, some = (
        policy_of(SOUND + lifecycle),
        policy_of(
            SOUND + lifecycle + "[brakes]\ninvite = { most = 9 }\n"
            "leave = { most = 1, percent = 2.5 }\n"
        ),
    )

    assert none.brakes == {**DEFAULT_BRAKES, Effect.LEAVE: DailyBrake(7)}
    assert some.brakes[Effect.INVITE] == DailyBrake(9)
    assert some.brakes[Effect.LEAVE] == DailyBrake(1, 2.5)
    assert some.brakes[Effect.TAKE_ACCESS] == DEFAULT_BRAKES[Effect.TAKE_ACCESS]
    assert none.partners[0].brakes == {}


def test_a_partner_has_brakes_of_its_own() -> None:
    partner = '[[partners]]\nname = "B"\ndomains = ["b.example"]\n'
    partner += "[partners.brakes]\ntake_access = { most = 0 }\n"
    policy = policy_of(SOUND + partner)

    assert policy.partners[-1].brakes == {Effect.TAKE_ACCESS: DailyBrake(0)}


def test_lifecycle_exemptions_and_posture_are_read() -> None:
    policy = policy_of(
        SOUND
        + """
        [lifecycle]
        mode = "enforce"
        inactive_block_days = 200
        block_brake = { most = 7, percent = 0.5 }
        remove_cap = 0
        [[exemptions]]
        address = "Lena@B\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example"
        owner = "s.weber@contoso.com"
        reason = "why"
        ends_on = 2027-01-31
        [[exemptions]]
        domain = "fabrikam.com"
        subdomains = true
        owner = "s.weber@contoso.com"
        reason = "why"
        ends_on = "2027-01-31"
        [[exemptions]]
        group = "00000000-0000-4000-8000-0000000000A1"
        owner = "s.weber@contoso.com"
        reason = "why"
        ends_on = 2027-01-31
        [posture]
        guest_access = "limited"
        invitations_from = "none"
        """
    )
    common: dict[str, Any] = {
        "owner": "s.weber@contoso.com",
        "reason": "why",
        "ends_on": date(2027, 1, 31),
    }

    assert policy.lifecycle == Lifecycle(
        mode=Mode.ENFORCE, inactive_block_days=200, block_brake=Brake(7, 0.5), remove_cap=0
    )
    assert policy.exemptions == (
        Exemption(address=Address("Lena@xn--bcher-kva.example"), **common),
        Exemption(domain="fabrikam.com", subdomains=True, **common),
        Exemption(group=GroupId("00000000-0000-4000-8000-0000000000a1"), **common),
    )
    assert policy.posture == Posture(
        guest_access=GuestAccess.LIMITED, invitations_from=InvitationsFrom.NONE
    )


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("FABRIKAM.com", "fabrikam.com"),
        (" fabrikam.com. ", "fabrikam.com"),
        ("b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example", "xn--bcher-kva.example"),
        ("XN--Bcher-KVA.example", "xn--bcher-kva.example"),
        ("stra\N{LATIN SMALL LETTER SHARP S}e.example", "xn--strae-oqa.example"),
        ("fabrikam\N{IDEOGRAPHIC FULL STOP}com", "fabrikam.com"),
    ],
)
def test_a_domain_is_kept_as_a_labels(written: str, name: str) -> None:
    policy = policy_of(SOUND.replace("fabrikam.com", written))

    assert policy.partners[0].domains == (PartnerDomain(name),)


@pytest.mark.parametrize(
    "text",
    [
        EXAMPLE,
        EXAMPLE.decode(),
        b"\xef\xbb\xbf" + EXAMPLE,
        EXAMPLE.replace(b"\n", b"\r\n"),
    ],
)
def test_a_policy_is_read_from_text_or_bytes_of_any_editor(text: str | bytes) -> None:
    assert policy_of(text) == policy_of(EXAMPLE)


@given(st.one_of(st.text(max_size=80), st.binary(max_size=80)))
def test_no_text_makes_the_reader_fail(text: str | bytes) -> None:
    assert isinstance(read_policy(text, "v1"), PolicyFaults)


@given(
    key=st.sampled_from([
        "own_domains", "unknown_domains", "defaults", "partners", "lifecycle", "exemptions",
        "posture", "partners.name", "lifecycle.block_brake", "defaults.senders",
    ]),
    value=st.sampled_from(["1", "true", '"x"', "[]", "[1]", "{}", "[{}]", "nan", "2027-01-31",
                           '{ name = "x" }', '[{ name = "x", domains = [[]] }]', "07:30:00"]),
)  # fmt: skip
def test_no_kind_of_value_makes_the_reader_fail(key: str, value: str) -> None:
    assert isinstance(read_policy(f"{key} = {value}", "v1"), Policy | PolicyFaults)


def test_the_committed_schema_is_the_one_of_the_models() -> None:
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == schema()


def test_the_module_prints_the_committed_schema() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "b2b.policy_file"], cwd=ROOT, check=True, capture_output=True
    ).stdout

    assert printed == COMMITTED.read_bytes()


def test_the_schema_describes_every_field() -> None:
    tables = [schema(), *schema()["$defs"].values()]
    fields = [field for table in tables for field in table.get("properties", {}).items()]

    assert len(fields) > 40
    assert [name for name, field in fields if not field.get("description")] == []


def test_the_example_fits_the_schema_and_a_faulty_one_does_not() -> None:
    Draft202012Validator.check_schema(schema())
    judge = Draft202012Validator(schema(), format_checker=FormatChecker())
    content = json.loads(json.dumps(tomllib.loads(EXAMPLE.decode()), default=str))

    assert judge.is_valid(content)
    assert not judge.is_valid({**content, "unknown": 1})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("own_domains = ['c.com']\nx = " + "9" * 5000, "a number"),
        ("a." * 20_000 + "b = 1", "a key of at most 101 parts"),
        ("#" * 262_145, "a policy of at most 262144 bytes"),
    ],
)
def test_what_no_policy_holds_is_a_fault_and_no_crash(text: str, expected: str) -> None:
    read = read_policy(text, "v")

    assert isinstance(read, PolicyFaults)
    assert read.faults[0].expected == expected
