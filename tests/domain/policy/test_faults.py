import pytest

from b2b.policy_file import PolicyFaults
from tests.domain.policy.examples import SOUND, fault_of, faults_of

DAYS = "a whole number of days from 1 to 3650"
ID = "an id like 00000000-0000-4000-8000-0000000000a1"
URL = "an https URL like https://myapplications.microsoft.com (http for localhost only)"
MAIL = "a mail address like s.weber@contoso.com"
EXEMPTION = """\
[[exemptions]]
owner = "s.weber@contoso.com"
reason = "why"
ends_on = 2027-01-31
"""


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ('longest_stay_days = "one year"', f'expected {DAYS}, found "one year"'),
        ("longest_stay_days = 0", f"expected {DAYS}, found 0"),
        ("longest_stay_days = 3651", f"expected {DAYS}, found 3651"),
        ("longest_stay_days = 365.0", f"expected {DAYS}, found 365.0"),
        ("longest_stay_days = true", f"expected {DAYS}, found true"),
        ("sponsor_required = 1", "expected true or false, found 1"),
        ('sponsor = "nobody"', f'expected {MAIL}, found "nobody"'),
        ('sponsor = "a@b@contoso.com"', f'expected {MAIL}, found "a@b@contoso.com"'),
        ("senders = 'uploads'", 'expected a list, found "uploads"'),
        ('user_type = "guest"', 'expected one of "Guest" or "Member", found "guest"'),
        ('delivery = "fax"', 'expected one of "graph", "mail" or "link", found "fax"'),
        ('language = "German"', 'expected a language like de or de-DE, found "German"'),
        ("redirect_urls = []", "expected a list with one entry or more, found an empty list"),
        ("groups = 3", "expected a table, found 3"),
        ("default_stay_days = 366", "expected default_stay_days to be at most longest_stay_days"
         " (365), found 366"),
        ("longest_stay_days = 179", "expected default_stay_days to be at most longest_stay_days"
         " (179), found 180"),
    ],
)  # fmt: skip
def test_a_fault_of_a_partner_says_where_what_and_what_instead(added: str, said: str) -> None:
    key = added.partition(" ")[0]

    assert fault_of(
        f"{SOUND}\n# why\n{added}\n"
    ) == f'partners[1] "Fabrikam", key {key}, line 7: ' + (said)


@pytest.mark.parametrize(
    ("added", "key", "said"),
    [
        ('senders = ["uploads", "HR"]', "senders[2]", 'found "HR"'),
        ('redirect_urls = ["http://x.example"]', "redirect_urls[1]", f"expected {URL}, found"),
        ('redirect_urls = ["https://u@x.example"]', "redirect_urls[1]", f"expected {URL}, found"),
        ('redirect_urls = ["x.example"]', "redirect_urls[1]", f"expected {URL}, found"),
        ('redirect_urls = ["ftp://x.example"]', "redirect_urls[1]", f"expected {URL}, found"),
        ('groups = { Aurora = "Aurora" }', "groups.Aurora", f'expected {ID}, found "Aurora"'),
        ('groups."A B" = "x"', 'groups."A B"', f'expected {ID}, found "x"'),
        ('access_packages.P = "x"', "access_packages.P", 'expected a table, found "x"'),
        ('access_packages.P.package = "x"', "access_packages.P.package", f"expected {ID}"),
    ],
)
def test_a_fault_inside_a_list_or_table_names_the_entry(added: str, key: str, said: str) -> None:
    faults = [str(fault) for fault in faults_of(SOUND + added)]

    assert any(f"key {key}, line 5: " in fault and said in fault for fault in faults), faults


@pytest.mark.parametrize("url", ["http://localhost:8080/x", "http://127.0.0.1/", "http://[::1]:1/"])
def test_http_is_fine_on_this_very_machine(url: str) -> None:
    assert fault_of(f'{SOUND}redirect_urls = ["{url}"]\nextra = 1').startswith(
        'partners[1] "Fabrikam", key extra, line 6: '
    )


@pytest.mark.parametrize(
    "name",
    ["", "com", "fab rikam.com", "a@fabrikam.com", "fab_rikam.com", "10.0.0.1", "a..com",
     "-a.com", "xn--a.com", "https://fabrikam.com", "a" * 64 + ".com"],
)  # fmt: skip
def test_what_is_no_domain_is_told(name: str) -> None:
    (fault,) = faults_of(SOUND.replace("fabrikam.com", name))

    assert (fault.table, fault.key, fault.line) == ('partners[1] "Fabrikam"', "domains[1]", 4)
    assert fault.expected == "a domain like fabrikam.com"


def test_a_star_before_a_domain_is_answered_with_the_right_words() -> None:
    assert fault_of(SOUND.replace("fabrikam.com", "*.fabrikam.com")) == (
        'partners[1] "Fabrikam", key domains[1], line 4: expected a domain; to take in all below '
        'it: { name = "fabrikam.com", subdomains = true }, found "*.fabrikam.com"'
    )


def test_an_unknown_key_is_answered_with_the_closest_known() -> None:
    assert fault_of(SOUND + "longest_stay = 3") == (
        'partners[1] "Fabrikam", key longest_stay, line 5: expected the key "longest_stay_days", '
        'found the unknown key "longest_stay"'
    )
    assert fault_of(SOUND + "[lifecycle]\nblock_brake = {most = 1, percent = 1, perc = 1}") == (
        'lifecycle, key block_brake.perc, line 6: expected the key "percent", found the unknown '
        'key "perc"'
    )


def test_an_unknown_key_like_no_other_is_answered_with_all() -> None:
    assert fault_of(f"zzz = 1\n{SOUND}") == (
        "key zzz, line 1: expected one of the keys brakes, defaults, exemptions, intake, "
        "lifecycle, mail, own_domains, partners, posture, unknown_domains, write_sponsors, "
        'found the unknown key "zzz"'
    )


def test_a_missing_key_is_told_at_its_table() -> None:
    assert fault_of(SOUND.replace('name = "Fabrikam"', "")) == (
        "partners[1], key name, line 2: expected this key to be set, found nothing"
    )
    assert fault_of("") == "key own_domains, line 1: expected this key to be set, found nothing"


def test_two_partners_may_not_share_a_name() -> None:
    assert fault_of(f'{SOUND}[[partners]]\nname = " FABRIKAM "\ndomains = ["b.example"]') == (
        'partners[2] " FABRIKAM ", key name, line 6: expected a name that no other partner has, '
        'found "FABRIKAM", the name of partners[1] too'
    )


def test_no_partner_may_be_called_refuse() -> None:
    assert fault_of(SOUND.replace('"Fabrikam"', '"Refuse"')) == (
        'partners[1] "Refuse", key name, line 3: expected a name other than "refuse", '
        'found "Refuse"'
    )


@pytest.mark.parametrize(
    ("domain", "claimant"),
    [
        ('"FABRIKAM.com"', 'partners[1] "Fabrikam"'),
        ('{ name = "fabrikam.com", subdomains = true }', 'partners[1] "Fabrikam"'),
        ('"Contoso.com"', "own_domains"),
    ],
)
def test_a_domain_may_be_claimed_once(domain: str, claimant: str) -> None:
    text = f'{SOUND}[[partners]]\nname = "Rival"\ndomains = [\n  "b.example",\n  {domain},\n]'

    (fault,) = faults_of(text)

    assert str(fault).startswith('partners[2] "Rival", key domains[2], line 9: expected a domain ')
    assert fault.found.endswith(f", claimed by {claimant} already")


def test_a_domain_below_another_is_a_claim_of_its_own() -> None:
    text = f'{SOUND}[[partners]]\nname = "B"\ndomains = ["b.fabrikam.com", "b.contoso.com"]\nx = 1'

    assert "key x, line 8" in fault_of(text)


def test_a_partner_without_a_domain_is_told() -> None:
    assert fault_of(SOUND.replace('domains = ["fabrikam.com"]', "domains = []")) == (
        'partners[1] "Fabrikam", key domains, line 4: expected one domain or more, unless '
        "unknown_domains names the partner, found none"
    )


def test_strangers_go_to_a_partner_that_exists() -> None:
    assert fault_of(f'unknown_domains = "Fabricam"\n{SOUND}') == (
        'key unknown_domains, line 1: expected "refuse" or the name of a partner ("Fabrikam"), '
        'found "Fabricam"'
    )


@pytest.mark.parametrize("kind", ["groups", "access_packages"])
def test_two_names_that_differ_in_case_only_are_one(kind: str) -> None:
    entry = '"00000000-0000-4000-8000-0000000000a1"'
    if kind == "access_packages":
        entry = f"{{ package = {entry}, assignment_policy = {entry} }}"

    assert fault_of(f"{SOUND}[partners.{kind}]\nAurora = {entry}\naurora = {entry}") == (
        f'partners[1] "Fabrikam", key {kind}.aurora, line 7: expected names that differ in more '
        'than case, found "aurora" beside "Aurora"'
    )


def test_a_stay_is_compared_with_what_the_defaults_say() -> None:
    text = SOUND.replace("[[", "[defaults]\nlongest_stay_days = 200\n[[")

    assert fault_of(text + "default_stay_days = 201") == (
        'partners[1] "Fabrikam", key default_stay_days, line 7: expected default_stay_days to be '
        "at most longest_stay_days (200), found 201"
    )


@pytest.mark.parametrize(
    ("setting", "key", "expected"),
    [
        ("unredeemed_block_days = 14", "unredeemed_block_days",
         "unredeemed_remind_days to be less than unredeemed_block_days (14)"),
        ("unredeemed_remind_days = 60", "unredeemed_remind_days",
         "unredeemed_remind_days to be less than unredeemed_block_days (60)"),
        ("settle_days = 121", "settle_days", "settle_days to be at most inactive_block_days (120)"),
        ("remind_days_before_end = [3, 14]", "remind_days_before_end",
         "days that fall from one to the next"),
        ("remind_days_before_end = [14, 14]", "remind_days_before_end",
         "days that fall from one to the next"),
        ("remind_days_before_end = [0]", "remind_days_before_end[1]", DAYS),
        ('mode = "on"', "mode", 'one of "report", "approve" or "enforce"'),
        ("block_brake = { most = 0, percent = 1 }", "block_brake.most",
         "a whole number from 1 to 1000000"),
        ("block_brake = { most = 1, percent = 0 }", "block_brake.percent",
         "a percentage above 0 and up to 100"),
        ("remove_brake = { most = 1, percent = 100.1 }", "remove_brake.percent",
         "a percentage above 0 and up to 100"),
        ("remove_brake = { most = 1, percent = nan }", "remove_brake.percent",
         "a percentage above 0 and up to 100"),
        ("block_brake = { most = 1 }", "block_brake.percent", "this key to be set"),
        ("most_change_percent = -1", "most_change_percent", "a percentage above 0 and up to 100"),
        ("remove_cap = -1", "remove_cap", "a whole number from 0 to 1000000"),
    ],
)  # fmt: skip
def test_the_numbers_of_the_lifecycle_are_in_range_and_order(
    setting: str, key: str, expected: str
) -> None:
    (fault,) = faults_of(f"{SOUND}[lifecycle]\n{setting}")

    assert (fault.table, fault.key, fault.line) == ("lifecycle", key, 6)
    assert fault.expected == expected


@pytest.mark.parametrize(
    "setting",
    [
        "unredeemed_block_days = 15",
        "unredeemed_remind_days = 59",
        "settle_days = 120",
        "remind_days_before_end = []",
        "block_brake = { most = 1, percent = 100 }",
        "remove_cap = 0",
    ],
)
def test_the_last_number_in_order_is_fine(setting: str) -> None:
    assert fault_of(f"{SOUND}[lifecycle]\n{setting}\n[posture]\nx = 1").startswith("posture, key x")


@pytest.mark.parametrize("key", ["owner", "reason", "ends_on"])
def test_an_exemption_has_owner_reason_and_end(key: str) -> None:
    kept = [line for line in EXEMPTION.splitlines() if not line.startswith(key)]
    text = SOUND + "\n".join([*kept, 'domain = "fabrikam.com"'])

    assert fault_of(text) == (
        f"exemptions[1], key {key}, line 5: expected this key to be set, found nothing"
    )


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("", "line 5: expected exactly one of address, domain and group, found none of them"),
        (
            'domain = "a.example"\naddress = "a@a.example"',
            "line 5: expected exactly one of address, domain and group, found address and domain",
        ),
        (
            'address = "a@a.example"\nsubdomains = true',
            "key subdomains, line 10: expected this key beside domain only, found no domain",
        ),
        ('domain = "a"', 'key domain, line 9: expected a domain like fabrikam.com, found "a"'),
        ('group = "a"', f'key group, line 9: expected {ID}, found "a"'),
        ('address = "a"', f'key address, line 9: expected {MAIL}, found "a"'),
    ],
)
def test_an_exemption_is_for_one_address_domain_or_group(added: str, said: str) -> None:
    assert fault_of(SOUND + EXEMPTION + added) == f"exemptions[1], {said}"


@pytest.mark.parametrize("day", ["2027-01-31T10:00:00", '"next year"', "20270131", '""'])
def test_an_exemption_ends_on_a_day(day: str) -> None:
    (fault,) = faults_of(SOUND + EXEMPTION.replace("2027-01-31", day) + 'domain = "a.example"')

    assert (fault.key, fault.line, fault.expected) == ("ends_on", 8, "a date like 2027-01-31")


def test_the_posture_is_one_of_the_known_words() -> None:
    assert fault_of(f'{SOUND}[posture]\nguest_access = "open"') == (
        'posture, key guest_access, line 6: expected one of "restricted", "limited" or "member", '
        'found "open"'
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("own_domains = ", "line 1: expected TOML, found a fault of syntax: Invalid value"),
        ("a = 1\n[b\n", "line 2: expected TOML, found a fault of syntax: Expected ']' at the end "
         "of a table declaration"),
        ("a = 1\n\na = 2\n", "line 3: expected TOML, found a fault of syntax: Cannot overwrite a "
         "value"),
        (b"a = 1\nb = '\xff'", "line 2: expected text in UTF-8, found the byte 0xff"),
        ("a = " + "[" * 5000, "line 1: expected a policy, found lists or tables nested too deep"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_toml_has_one_fault(text: str | bytes, said: str) -> None:
    assert fault_of(text) == said


def test_all_faults_are_told_at_once_from_top_to_end() -> None:
    faults = faults_of(
        """\
own_domains = ["contoso.com", "contoso.com"]
colour = "blue"
[[partners]]
name = "Fabrikam"
domains = ["fabrikam.com"]
longest_stay_days = "one year"
[[partners]]
name = "Fabrikam"
domains = ["fabrikam.com"]
[lifecycle]
settle_days = 300
[[exemptions]]
group = "x"
"""
    )

    assert [(fault.table, fault.key, fault.line) for fault in faults] == [
        ("", "own_domains[2]", 1),
        ("", "colour", 2),
        ('partners[1] "Fabrikam"', "longest_stay_days", 6),
        ('partners[2] "Fabrikam"', "name", 8),
        ('partners[2] "Fabrikam"', "domains[1]", 9),
        ("lifecycle", "settle_days", 11),
        ("exemptions[1]", "owner", 12),
        ("exemptions[1]", "reason", 12),
        ("exemptions[1]", "ends_on", 12),
        ("exemptions[1]", "group", 13),
    ]


def test_faults_print_one_a_line_and_give_a_reason_for_requests() -> None:
    faults = PolicyFaults(faults_of("a = 1\nb = 2"))

    assert str(faults).count("\n") == 2
    assert faults.reason().code == "policy_faulty"
    assert all(str(fault) in faults.reason().sentence for fault in faults.faults)


def test_a_long_value_is_cut() -> None:
    assert len(fault_of(SOUND + f'language = "{"x" * 5000}"')) < 200


def _roles(group: str = "aurora", role: str = "Reader", scope: str = "") -> str:
    where = scope or "/subscriptions/00000000-0000-4000-8000-0000000000f1/resourceGroups/r"
    return (
        '[partners.groups]\nAurora = "00000000-0000-4000-8000-0000000000a1"\n'
        f'[[partners.azure_roles]]\ngroup = "{group}"\nrole = "{role}"\nscope = "{where}"\n'
    )


@pytest.mark.parametrize(
    ("added", "key", "said"),
    [
        (_roles(group="Borealis"), "azure_roles[1].group", 'a group of the partner ("Aurora")'),
        (_roles(role="Owner"), "azure_roles[1].role", "a role that cannot hand out rights"),
        (_roles(scope="/groups/x"), "azure_roles[1].scope", "a scope like /subscriptions/"),
        (
            '[partners.access_review]\nreviewers = "sponsor"\n',
            "access_review.reviewers",
            "a partner with a sponsor",
        ),
        ("[partners.access_review]\ndays = 60\n", "access_review.days", "days from 1 to 28"),
        (
            "[partners.access_review]\nautoapply = true\n",
            "access_review.autoapply",
            "the key",
        ),
    ],
)
def test_what_tenant_apply_would_act_on_is_held_to_the_partner(
    added: str, key: str, said: str
) -> None:
    fault = fault_of(f"{SOUND}\n{added}")

    assert f'partners[1] "Fabrikam", key {key}, line ' in fault
    assert said in fault


def test_a_rule_for_what_is_not_wanted_is_a_fault() -> None:
    posture = "[posture]\nmfa_for_guests = false\nconditional_access = true\n"
    fault = fault_of(f"{SOUND}\n{posture}")

    assert "posture, key conditional_access, line " in fault


def test_a_partner_that_takes_everybody_contradicts_a_list_of_domains() -> None:
    text = SOUND.replace("[[partners]]", 'unknown_domains = "Fabrikam"\n[[partners]]', 1)
    fault = fault_of(f'{text}\n[posture]\ndomain_list = "partners"\n')

    assert "posture, key domain_list, line " in fault
    assert 'unknown_domains = "refuse"' in fault
