"""The rules file's section `identity`: what identifiers do, for all and for some tenants."""

import jsonschema
import pytest
import yaml

from services.journey_builder.core.identity import policy as policies
from services.journey_builder.core.identity.policy import LIMITS, Policy
from services.journey_builder.rules.faults import file_schema
from services.journey_builder.rules.load import load_rules, parse_rules
from tests.rules.test_file import SHIPPED, faults

FOR_SOME = """
identity:
  limits: {phone: 4}
  blocked: [Walk-In]
  own: {phone: "+1 415 555 0100"}
  phone_regions: {acme: de}
  overrides:
    - when: {tenant: [acme, acme-*]}
      set:
        limits: {phone: 2, account_id: 9}
        blocked: [" Counter "]
        own: {phone: ["+1 (415) 555-0199"], email: Info@ACME.example}
    - when: {tenant: acme-shop}
      set: {limits: {phone: 7, email: null}}
    - when: {tenant: other}
      set: {}
"""


def test_it_says_which_identifiers_link_nobody() -> None:
    policy = parse_rules(
        """
        identity:
          limits: {phone: 2, account_id: 9}
          blocked: [Walk-In]
          own: {phone: ["+1 (415) 555-0100"]}
          phone_regions: {acme: de}
        """
    ).policy
    assert policy.limits == {"email": 3, "phone": 2, "visitor_id": 5, "device_id": 5, "account_id": 9}
    assert {"walk-in", "null"} <= policy.blocked
    assert policy.own == {"phone": {"+14155550100"}}
    assert (policy.of("acme").region, policy.of("default").region) == ("DE", None)


def test_the_shipped_file_has_the_shipped_policy() -> None:
    assert load_rules(SHIPPED).policy == Policy()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("limits: {phone: 0}", 'identity.limits.phone: expected a whole number of at least 1, found "0"'),
        ("limits: {customer_id: 3}", "identity.limits.customer_id: there is no such name here"),
        ("phone_regions: {acme: Germany}", 'expected a country such as `US`, found "Germany"'),
        ("overrides: [{set: {}}]", "identity.overrides[1].when: is missing"),
        ("overrides: [{when: {}, set: {}}]", "identity.overrides[1].when.tenant: is missing"),
        ("overrides: [{when: {tenant: []}, set: {}}]", "tenant: expected at least one name, found none"),
        ("overrides: [{when: {tenant: a, queue: b}, set: {}}]", "when.queue: there is no such name here"),
        (
            "overrides: [{when: {tenant: a}, set: {limit: {phone: 2}}}]",
            "identity.overrides[1].set.limit: there is no such name here; did you mean `limits`?",
        ),
        (
            "overrides: [{when: {tenant: a}, set: {limits: {phone: two}}}]",
            'identity.overrides[1].set.limits.phone: expected a whole number of at least 1, found "two"',
        ),
        ("overrides: [{when: {tenant: a}, set: {phone_regions: {a: DE}}}]", "set.phone_regions: there is no"),
        ("own: {fax: 1}", "identity.own.fax: there is no such name here"),
    ],
)
def test_mistakes_of_its_identities_are_named(text: str, says: str) -> None:
    assert says in faults(f"identity:\n  {text}")[0]


def test_tenants_have_their_own_limits_and_values() -> None:
    policy = parse_rules(FOR_SOME).policy
    acme, shop, other = (policy.of(tenant) for tenant in ("acme", "acme-shop", "other"))
    assert other.limits == LIMITS | {"phone": 4}
    assert acme.limits == LIMITS | {"phone": 2, "account_id": 9}
    assert shop.limits == {"phone": 7, "account_id": 9, "visitor_id": 5, "device_id": 5}
    assert {"walk-in", "counter", "null"} <= acme.blocked
    assert other.blocked == acme.blocked - {"counter"}
    assert acme.own == {"phone": {"+14155550100", "+14155550199"}, "email": {"info@acme.example"}}
    assert other.own == {"phone": {"+14155550100"}}
    assert (acme.region, shop.region) == ("DE", None)


def test_an_editor_accepts_them() -> None:
    jsonschema.validate(yaml.safe_load(FOR_SOME), file_schema())


def test_very_many_tenants_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "TENANTS_MAX", 2)
    policy = parse_rules(FOR_SOME).policy
    limits = [policy.of(tenant).limits["phone"] for tenant in ("acme", "a", "b", "c", "acme", "acme-shop")]
    assert limits == [2, 4, 4, 4, 2, 7]


def test_what_is_kept_of_terms_tells_policies_apart() -> None:
    texts = [
        "identity: {limits: {phone: 4}}",
        "identity: {limits: {phone: 5}}",
        "identity: {limits: {phone: 4}, blocked: [x]}",
        "identity: {limits: {phone: 4}, own: {phone: ['+14155550100']}}",
        "identity: {limits: {phone: 4}, overrides: [{when: {tenant: a}, set: {blocked: [x]}}]}",
        "identity: {limits: {phone: 4}, overrides: [{when: {tenant: b}, set: {blocked: [x]}}]}",
        FOR_SOME,
        FOR_SOME.replace("phone: 7", "phone: 8"),
    ]
    measures = [parse_rules(text).policy.measure for text in texts]
    assert len(set(measures)) == len(texts)
    assert measures == [parse_rules(text).policy.measure for text in texts]
