"""The rules file: the shipped one, good ones, and every mistake with its place."""

from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from schemas.frictions import Kind
from services.journey_builder.core.durations import duration_text, parse_duration
from services.journey_builder.core.parameters import JOURNEYS, KINDS
from services.journey_builder.core.rules import DEFAULT, Rules
from services.journey_builder.rules.export import FILE, rendered
from services.journey_builder.rules.faults import file_schema
from services.journey_builder.rules.load import BYTES_MAX, RulesFileError, load_rules, parse_rules

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "services" / "journey_builder" / "rules" / "default.yaml"


def faults(text: str) -> list[str]:
    with pytest.raises(RulesFileError) as caught:
        parse_rules(text)
    return str(caught.value).splitlines()


def test_the_shipped_file_says_every_parameter_and_its_default() -> None:
    shipped = load_rules(SHIPPED)
    assert shipped.book.of("t", 0) == DEFAULT
    said = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["versions"][0]
    for kind in Kind:
        names = {parameter.name for parameter in KINDS[kind]} | {"severity"}
        assert said["rules"].get(kind, {"severity": "medium"}).keys() == names, kind
    assert said["journeys"].keys() == {parameter.name for parameter in JOURNEYS}


def test_what_the_shipped_file_proposes_in_comments_is_right() -> None:
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    # A commented block replaces the empty value before it.
    for before, line in pairwise(list(lines)):
        if line.strip() == "# " + before.strip().partition(" ")[0]:
            lines.remove(before)
    names = ("goals", "overrides", "sources", "phrases", "effective_from", "  ")
    starts = tuple(f"# {name}" for name in (*names, "account_id", "own", "phone_regions"))
    text = "\n".join(line.replace("# ", "", 1) if line.strip().startswith(starts) else line for line in lines)
    proposed = parse_rules(text.replace("version: 1", "version: 2"))
    (version,) = proposed.versions
    assert version.effective_from
    assert len(version.overrides) == 2
    assert len(version.goals) == 2
    assert proposed.book.heard("t", "en", "I will cancel my contract, my lawyer says")
    assert proposed.book.delay_us("//acme/helpdesk")
    assert proposed.policy.of("acme").region == "DE"
    assert proposed.policy.own["phone"]


def test_every_limit_of_the_rules_is_in_the_table() -> None:
    own = {"version", "negative_phrases", "off", "severities", "goals", "place", "narrowing"}
    tables = [*KINDS.values(), JOURNEYS]
    assert {parameter.field for table in tables for parameter in table} == set(Rules.__struct_fields__) - own


def test_the_exported_schema_is_what_the_code_gives() -> None:
    assert FILE.read_text(encoding="utf-8") == rendered(), "run `make schemas` and look at the difference"


def test_the_readme_shows_a_file_that_is_right() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Rules\n")[2]
    shown = section.partition("```yaml\n")[2].partition("```")[0]
    (version,) = parse_rules(shown).versions
    assert version.overrides


def test_the_schema_accepts_what_is_accepted() -> None:
    schema = file_schema()
    jsonschema.validate(yaml.safe_load(SHIPPED.read_text(encoding="utf-8")), schema)
    override = {"when": {"queue": ["a", "b*"]}, "set": {"slow_page": {"over": "500 ms", "enabled": False}}}
    version = {"version": 2, "effective_from": "2026-12-01T00:00:00Z", "overrides": [override]}
    jsonschema.validate({"versions": [version]}, schema)


@pytest.mark.parametrize(
    "rules", [{"long_wait": {"over": "2 minuts"}}, {"longwait": {}}, {"ivr_loop": {"entries": 1}}]
)
def test_the_schema_refuses_what_is_refused(rules: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"versions": [{"version": 1, "rules": rules}]}, file_schema())


A_DURATION = 'expected a duration such as "120 s" or "2 min", found'
BAD = [
    ("rules: {long_wait: {over: 2 minuts}}", f'long_wait.over: {A_DURATION} "2 minuts"'),
    ("rules: {long_wait: {over: 120}}", f'long_wait.over: {A_DURATION} "120"'),
    ("rules: {long_wait: {over: 90 days}}", 'long_wait.over: expected 1 ms to 35 days, found "90 days"'),
    ("rules: {long_wait: {ovr: 2 min}}", "long_wait.ovr: there is no such name here; did you mean `over`?"),
    ("rules: {longwait: }", "longwait: there is no such name here; did you mean `long_wait`?"),
    ("rules: {long_wait: [1]}", "long_wait: expected names with values (a mapping), found a list"),
    ("rules: {ivr_loop: {entries: 2.5}}", 'ivr_loop.entries: expected a whole number, found "2.5"'),
    ("rules: {ivr_loop: {entries: 1}}", 'ivr_loop.entries: expected 2 to 100, found "1"'),
    ("rules: {low_score: {csat_share: nan}}", 'low_score.csat_share: expected 0 to 1, found "nan"'),
    ("rules: {long_wait: {severity: grave}}", "long_wait.severity: expected `low`, `medium` or `high`"),
    ("rules: {long_wait: {enabled: }}", "long_wait.enabled: expected `true` or `false`, found nothing"),
    ("words: {phrases: {en: [good, '!']}}", 'en[2]: expected a phrase of at least one word, found "!"'),
    ("words: {phrases: {en: fed up}}", "words.phrases.en: expected a list (lines that begin with `- `)"),
    ("words: {phrases: {the english: [a]}}", "words.phrases.the english: expected a language such as `en`"),
    ("overrides: [{when: {que: a}, set: {}}]", "when.que: there is no such name here; did you mean `queue`?"),
    ("overrides: [{set: {}}]", "when: is missing"),
    ("overrides: [{when: {queue: {}}, set: {}}]", "when.queue: expected a list"),
    ("overrides: [{when: {queue: []}, set: {}}]", "when.queue: expected at least one name, found none"),
    ("goals: [{goal: '', when: {form: a}}]", 'goal: expected a name, found ""'),
    ("effective_from: 2026-12-01", "expected a moment such as `2026-12-01T00:00:00Z`, with its offset"),
    ("effective_from: 2026-12-01T00:00:00Z", ""),
    ("version: 2", "version: given twice; first in line 2"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "says"), BAD)
def test_a_mistake_is_named_with_its_place_and_what_was_expected(line: str, says: str) -> None:
    text = f"versions:\n  - version: 7\n    {line}\n"
    if not says:
        assert parse_rules(text)
        return
    (fault,) = faults(text)
    assert fault.startswith("rules.yaml:3:")
    assert says in fault


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = (
        "versions:\n- version: one\n  rules:\n    long_wait:\n        over: 2 minuts\n"
        "        over: 3 min\n        ovr: 1 s\nsource: []\n"
    )
    told = [fault.partition(": ")[0] for fault in faults(text)]
    assert told == [
        "rules.yaml:2:3", "rules.yaml:5:9", "rules.yaml:6:9", "rules.yaml:7:9", "rules.yaml:8:1"
    ]  # fmt: skip


SINCE = "effective_from: 2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("versions", "says"),
    [
        ("[{version: 1}, {version: 2}]", "effective_from: is missing; only the first version may lack it"),
        (f"[{{version: 2}}, {{version: 2, {SINCE}}}]", "expected more than 2"),
        (f"[{{version: 1, {SINCE}}}]", "expected more than 1, the number of the shipped"),
        (f"[{{version: 2, {SINCE}}}, {{version: 3, {SINCE}}}]", "effective_from: expected a later moment"),
    ],
)
def test_versions_go_up_in_number_and_in_time(versions: str, says: str) -> None:
    (fault,) = faults(f"versions: {versions}")
    assert says in fault


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("versions: [", "rules.yaml:1:12: no YAML: "),
        ("\tversions: 1", "rules.yaml:1:1: no YAML: "),
        ("- 1", "rules.yaml:1:1: the file: expected names with values (a mapping), found a list"),
        ("versions: 1", "rules.yaml:1:1: versions: expected a list"),
        ("versions: [1]", "rules.yaml:1:12: versions[1]: expected names with values"),
        ("x: &a [*a]", "are aliases nested?"),
        ("[" * 1000, "no YAML: nested too deeply"),
        ("versions: []\n---\nversions: []", "no YAML: "),
    ],
)
def test_what_is_no_rules_file_at_all_is_told_too(text: str, says: str) -> None:
    assert any(says in fault for fault in faults(text))


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert any("are aliases nested?" in fault for fault in faults("\n".join(lines)))


@pytest.mark.parametrize("text", ["", "# nothing yet", "versions:", "versions: []\nsources:\n"])
def test_a_file_that_says_nothing_changes_nothing(text: str) -> None:
    assert parse_rules(text).book.of("t", 0) is DEFAULT


def test_a_file_that_cannot_be_read_is_told_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(RulesFileError, match=r"absent.yaml: cannot be read: No such file"):
        load_rules(tmp_path / "absent.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"# \xe9")
    with pytest.raises(RulesFileError, match=r"latin.yaml: is not UTF-8 at byte 2"):
        load_rules(tmp_path / "latin.yaml")
    (tmp_path / "large.yaml").write_bytes(b"#" * (BYTES_MAX + 1))
    with pytest.raises(RulesFileError, match=r"at most 1,048,576 are read"):
        load_rules(tmp_path / "large.yaml")


@given(st.integers(1, 40 * 86_400_000))
def test_a_duration_is_read_as_it_is_written(ms: int) -> None:
    assert parse_duration(duration_text(ms * 1000)) == ms * 1000


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120 s", 120), ("1.5 h", 5400), ("2 min 5 s", 125), ("7days", 604_800), ("1 day", 86_400)],
)
def test_durations_as_people_write_them(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds * 1_000_000
