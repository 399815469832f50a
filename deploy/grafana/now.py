"""*Contact centre now*: what hurts, where, against the usual. To be left on the wall."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as models

from deploy.grafana.panels import GREEN, ORANGE, RED, SOURCE, Column, Panel, bars, course, grid, made, number
from deploy.grafana.served import served

TENANT = 'tenant=~"$tenant"'
PLACE = "tenant, kind, touchpoint"
#: Replicas of live tell the same: one of them counts.
RECENT = f"max by ({PLACE}) (journeyline_live_frictions_recent{{{TENANT}}})"
USUAL = f"max by ({PLACE}) (journeyline_live_frictions_usual{{{TENANT}}})"
CONTACTS = f"sum(max by (tenant) (journeyline_live_contacts_recent{{{TENANT}}}))"
CALM = ((None, GREEN),)
TIMES_USUAL = ((None, GREEN), (1.5, ORANGE), (3, RED))


def queue(name: str, by: str = "queue") -> str:
    """A figure of queues; by queue, over the tenants that are looked at."""
    return f"sum by ({by}) (max by (tenant, queue) (journeyline_live_queue_{name}{{{TENANT}}}))"


def every(name: str) -> str:
    return f"(sum(max by (tenant, queue) (journeyline_live_queue_{name}{{{TENANT}}})) or vector(0))"


def board() -> dashboard.Dashboard:
    rows = [
        ("Now", _now()),
        ("What hurts, and where", _hurts()),
        ("Queues", _queues()),
        ("How customers were served in the last hour", served(TENANT)),
        ("Incidents", _incidents()),
    ]
    says = "What hurts customers now, where, and against the usual; the queues; the incidents."
    return (
        made("Contact centre now", "journeyline-now", says, rows)
        .time("now-3h", "now")
        .with_variable(
            dashboard.QueryVariable("tenant")
            .label("Tenant")
            .datasource(SOURCE)
            .query("label_values(journeyline_live_contacts_recent, tenant)")
            .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(models.VariableSort.ALPHABETICAL_ASC)
            .multi(True)
            .include_all(True)
            .all_value(".*")
            .current(models.VariableOption(selected=True, text="All", value="$__all"))
        )
    )


def _now() -> list[Panel]:
    return [tile.span(3).height(5) for tile in (*_pain(), *_waits(), *_size())]


def _pain() -> list[Panel]:
    return [
        number(
            "Against the usual",
            "Frictions of the last 15 minutes over what 15 minutes usually bring at the same places; where"
            " nothing is usual, over one.",
            f"(sum({RECENT}) or vector(0)) / clamp_min(sum({USUAL}) or vector(0), 1)",
            "suffix: ×",
            TIMES_USUAL,
            1,
        ),
        number("Frictions", "Raised in the last 15 minutes.", f"sum({RECENT}) or vector(0)", "short"),
        number(
            "Contacts with trouble",
            "Frictions for every 100 contacts, of the last 15 minutes.",
            f"100 * (sum({RECENT}) or vector(0)) / clamp_min({CONTACTS} or vector(0), 1)",
            "suffix: per 100",
            ((None, GREEN), (15, ORANGE), (40, RED)),
        ),
    ]


def _waits() -> list[Panel]:
    abandoned, answered = every("abandoned_recent"), every("answered_recent")
    return [
        number(
            "Waiting",
            "Who waits in any queue now.",
            every("waiting"),
            "short",
            ((None, GREEN), (20, ORANGE), (50, RED)),
        ),
        number(
            "Longest wait",
            "How long the one waits who has waited longest.",
            f"max(journeyline_live_queue_longest_wait_seconds{{{TENANT}}}) or vector(0)",
            "s",
            ((None, GREEN), (120, ORANGE), (300, RED)),
        ),
        number(
            "Given up",
            "Abandoned of all waits that ended in the last 15 minutes; all abandons, short ones too.",
            f"{abandoned} / clamp_min({abandoned} + {answered}, 1)",
            "percentunit",
            ((None, GREEN), (0.05, ORANGE), (0.1, RED)),
        ),
    ]


def _size() -> list[Panel]:
    return [
        number(
            "Open incidents",
            "Incidents that are neither resolved nor closed.",
            'sum(journeyline_alerts_incidents{state!~"resolved|closed"}) or vector(0)',
            "short",
            ((None, GREEN), (1, RED)),
        ),
        number("Contacts", "Started in the last 15 minutes.", f"{CONTACTS} or vector(0)", "short"),
    ]


def _hurts() -> list[Panel]:
    return [*_places(), *_courses()]


def _places() -> list[Panel]:
    places = [
        Column("Kind", label="kind"),
        Column("Where", label="touchpoint"),
        Column("Tenant", label="tenant"),
        Column("Now", RECENT),
        Column("Usual", USUAL),
        Column("Times usual", f"{RECENT} / clamp_min({USUAL}, 1)", steps=TIMES_USUAL),
    ]
    return [
        grid(
            "Worst places",
            "Frictions of the last 15 minutes by kind and touchpoint, beside what they usually bring there."
            " A node, a form's field or a queue that leads this list is what to fix.",
            places,
            "Now",
        )
        .span(14)
        .height(11),
        bars(
            "Where it hurts",
            "The ten touchpoints with most frictions in the last 15 minutes, of all kinds.",
            (f"topk(10, sum by (touchpoint) ({RECENT}))", "{{touchpoint}}"),
            "short",
            ((None, GREEN), (3, ORANGE), (10, RED)),
        )
        .span(10)
        .height(11),
    ]


def _courses() -> list[Panel]:
    return [
        course(
            "Frictions by kind",
            "Of the last 15 minutes, at every moment.",
            [(f"sum by (kind) ({RECENT})", "{{kind}}")],
            "short",
            stacked=True,
        )
        .span(12)
        .height(8),
        course(
            "The five worst touchpoints",
            "Of the last 15 minutes, at every moment, all kinds together.",
            [(f"topk(5, sum by (touchpoint) ({RECENT}))", "{{touchpoint}}")],
            "short",
        )
        .span(12)
        .height(8),
    ]


def _queues() -> list[Panel]:
    columns = [
        Column("Queue", label="queue"),
        Column("Waiting", queue("waiting"), steps=((None, GREEN), (5, ORANGE), (15, RED))),
        Column(
            "Longest wait",
            f"max by (queue) (journeyline_live_queue_longest_wait_seconds{{{TENANT}}})",
            unit="s",
            steps=((None, GREEN), (120, ORANGE), (300, RED)),
        ),
        Column("Answered, 15 min", queue("answered_recent")),
        Column("Given up, 15 min", queue("abandoned_recent")),
    ]
    return [
        grid("Queues", "The queues as they are now, those with most waiting first.", columns, "Waiting")
        .span(12)
        .height(9),
        course("Waiting", "Who waits, by queue.", [(queue("waiting"), "{{queue}}")], "short")
        .span(6)
        .height(9),
        course(
            "Longest wait",
            "By queue. Over 120 s it is a friction, while it lasts.",
            [(f"max by (queue) (journeyline_live_queue_longest_wait_seconds{{{TENANT}}})", "{{queue}}")],
            "s",
        )
        .span(6)
        .height(9),
    ]


def _incidents() -> list[Panel]:
    return [
        course(
            "Incidents by state",
            "Frictions of one kind at one touchpoint are one incident while they last.",
            [("sum by (state) (journeyline_alerts_incidents)", "{{state}}")],
            "short",
            stacked=True,
        )
        .span(8)
        .height(7),
        course(
            "Notifications",
            "Deliveries by kind of receiver and outcome, within 15 minutes.",
            [
                (
                    "sum by (receiver_kind, outcome) (increase(journeyline_alerts_notifications_total[15m]))"
                    " or vector(0)",
                    "{{receiver_kind}} {{outcome}}",
                )
            ],
            "short",
        )
        .span(8)
        .height(7),
        course(
            "Outbox",
            "Notifications that wait for their receiver. More than a moment above zero: a receiver is away.",
            [("sum(journeyline_alerts_outbox_messages) or vector(0)", "waiting")],
            "short",
        )
        .span(8)
        .height(7),
    ]
