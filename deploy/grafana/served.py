"""How customers were served: KPIs of the last hour, each variant by its name."""

from deploy.grafana.panels import Panel, course


def _kpi(tenant: str, unit: str, name: str) -> tuple[str, str]:
    """With its legend: a number without its variant is worth nothing."""
    chosen = f'{tenant}, kpi="{name}"'
    legend = f"{{{{tenant}}}}: {name.replace('_', ' ')}, {{{{variant}}}}"
    return f"max by (tenant, variant) (journeyline_live_kpi_{unit}{{{chosen}}})", legend


def served(tenant: str) -> list[Panel]:
    """`tenant`: the matcher of those that are looked at."""
    return [
        course(
            "Service level",
            "Waits answered within 20 s, of the contacts that began in the hour before; each variant is what"
            " another vendor means by it.",
            [_kpi(tenant, "ratio", "service_level")],
            "percentunit",
        )
        .span(8)
        .height(8),
        course(
            "Given up",
            "Abandon rate of the contacts that began in the hour before, with and without short abandons.",
            [_kpi(tenant, "ratio", "abandon_rate")],
            "percentunit",
        )
        .span(8)
        .height(8),
        course(
            "Speed of answer and handle time",
            "Means of the contacts that began in the hour before.",
            [
                _kpi(tenant, "seconds", "average_speed_of_answer"),
                _kpi(tenant, "seconds", "average_handle_time"),
            ],
            "s",
        )
        .span(8)
        .height(8),
    ]
