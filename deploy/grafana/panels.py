"""The kinds of panel that our dashboards are made of, each one call: a dashboard reads as a list."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

#: Where Grafana's own variable says which Prometheus.
SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")

GREEN, ORANGE, RED, BLUE = "green", "orange", "red", "blue"
#: From a value on, a colour; None: from the beginning.
Steps = Sequence[tuple[float | None, str]]
#: An expression and how its series are called.
Query = tuple[str, str]


Panel = stat.Panel | timeseries.Panel | table.Panel | bargauge.Panel


def number(
    title: str, says: str, expr: str, unit: str, steps: Steps = ((None, BLUE),), decimals: int = 0
) -> stat.Panel:
    """One number now, large, with its course behind it."""
    return (
        stat.Panel()
        .title(title)
        .description(says)
        .datasource(SOURCE)
        .unit(unit)
        .decimals(decimals)
        .no_value("none")
        .thresholds(_thresholds(steps))
        .color_mode(kinds.BigValueColorMode.BACKGROUND_SOLID)
        .graph_mode(kinds.BigValueGraphMode.AREA)
        .reduce_options(_last())
        .with_target(_query("A", expr, ""))
    )


def course(
    title: str, says: str, queries: Sequence[Query], unit: str, *, stacked: bool = False
) -> timeseries.Panel:
    """Lines over time, the highest first in the legend."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(says)
        .datasource(SOURCE)
        .unit(unit)
        .min(0)
        .line_width(2)
        .fill_opacity(35 if stacked else 8)
        .legend(_legend())
        .tooltip(common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI))
    )
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(kinds.StackingMode.NORMAL).group("A"))
    for letter, (expr, name) in zip("ABCDEFGH", queries, strict=False):
        panel = panel.with_target(_query(letter, expr, name))
    return panel


def bars(title: str, says: str, query: Query, unit: str, steps: Steps) -> bargauge.Panel:
    """One bar for each series, as it is now."""
    return (
        bargauge.Panel()
        .title(title)
        .description(says)
        .datasource(SOURCE)
        .unit(unit)
        .min(0)
        .thresholds(_thresholds(steps))
        .orientation(kinds.VizOrientation.HORIZONTAL)
        .display_mode(kinds.BarGaugeDisplayMode.GRADIENT)
        .reduce_options(_last())
        .with_target(_query("A", *query).instant())
    )


class Column:
    """One column of a table: an expression's values, or one of its labels."""

    def __init__(
        self, name: str, expr: str = "", label: str = "", unit: str = "short", steps: Steps = ()
    ) -> None:
        self.name, self.expr, self.label, self.unit, self.steps = name, expr, label, unit, steps


def grid(title: str, says: str, columns: Sequence[Column], sorted_by: str) -> table.Panel:
    """One row for each set of labels, one column for each expression."""
    panel = table.Panel().title(title).description(says).datasource(SOURCE)
    names: dict[str, str] = {}
    order: dict[str, int] = {}
    letters = iter("ABCDEFGHIJ")
    for place, column in enumerate(columns):
        field = column.label
        if column.expr:
            letter = next(letters)
            field = f"Value #{letter}"
            panel = panel.with_target(_query(letter, column.expr, "").instant().format(PromQueryFormat.TABLE))
            panel = panel.override_by_name(column.name, _looks(column))
        names[field], order[field] = column.name, place
    organised = {"renameByName": names, "indexByName": order, "excludeByName": {"Time": True}}
    return (
        panel.with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(models.DataTransformerConfig(id_val="organize", options=organised))
        .sort_by([common.TableSortByFieldState().display_name(sorted_by).desc(True)])
    )


def made(title: str, uid: str, says: str, rows: Sequence[tuple[str, Sequence[Panel]]]) -> dashboard.Dashboard:
    """A dashboard of rows; panels flow from left to right, with numbers as their ids."""
    board = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(says)
        .tags(["journeyline"])
        .refresh("10s")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .link(
            dashboard.DashboardLink("Journeyline")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags(["journeyline"])
            .as_dropdown(False)
            .keep_time(True)
        )
    )
    ids = iter(range(1, 1000))
    for name, panels in rows:
        board = board.with_row(dashboard.Row(name).id(next(ids)))
        for panel in panels:
            board = board.with_panel(panel.id(next(ids)))
    return board


def _query(letter: str, expr: str, name: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().ref_id(letter).expr(expr).legend_format(name).datasource(SOURCE)


def _thresholds(steps: Steps) -> Builder[models.ThresholdsConfig]:
    levels = [models.Threshold(value=value, color=color) for value, color in steps]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(levels)


def _last() -> Builder[kinds.ReduceDataOptions]:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields("")


def _legend() -> Builder[kinds.VizLegendOptions]:
    return (
        common.VizLegendOptions()
        .display_mode(kinds.LegendDisplayMode.TABLE)
        .placement(kinds.LegendPlacement.BOTTOM)
        .show_legend(True)
        .calcs(["lastNotNull", "max"])
        .sort_by("Last *")
        .sort_desc(True)
    )


def _looks(column: Column) -> list[models.DynamicConfigValue]:
    looks = [models.DynamicConfigValue(id_val="unit", value=column.unit)]
    if column.steps:
        steps = [{"value": value, "color": color} for value, color in column.steps]
        looks += [
            models.DynamicConfigValue(id_val="thresholds", value={"mode": "absolute", "steps": steps}),
            models.DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-background"}),
        ]
    return looks
