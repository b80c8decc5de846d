"""Reports to what a terminal shows: six figures, each domain, and what was left out; how a release
went."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from engine.cli.screen import columns, counted, paint

Report = Mapping[str, Any]
Figure = Mapping[str, Any]

TITLES = {
    "tta_compliance": "TTA compliance",
    "ttr_compliance": "TTR compliance",
    "resolution_rate": "Resolution rate",
    "recurrence_rate": "Recurrence rate",
    "verification_rate": "Verification rate",
    "open_issues": "Open issues",
}
"""Three stand beside each other."""
_SHORT = ("TTA", "TTR", "", "resolved", "recurred", "verified", "open")
_FALLS = frozenset({"recurrence_rate", "open_issues"})
"""Better where they fall."""
_COUNTS = frozenset({"open_issues"})
_QUALITY = {
    "escaped_defects": "escaped defects",
    "override_rate": "overrides",
    "complaint_rate": "complaint callbacks",
}
_WHOLE = frozenset({"escaped_defects"})
_DELAYS = {
    "to_inspection": "looked at after",
    "to_approval": "approved after another",
    "end_delay": "end carried out after",
}
_WIDE = 28
_BAR = 20
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def shown(report: Report, *, colour: bool) -> str:
    whole, *domains = report["sections"]
    blocks = [
        "\n".join(_heading(report, whole)),
        "\n".join(_boxes(whole["figures"], colour)),
        "\n".join(_by_domain(domains)),
        "\n".join(_left_out(whole["figures"])),
    ]
    return "\n\n".join(blocks)


def shown_release(told: Report) -> str:
    """The evaluation of a release, a line for each question."""
    before, after = told["before"], told["after"]
    rows = [
        (_QUALITY[name], _compared(name, before.get(name), after.get(name))) for name in _QUALITY
    ]
    if "bound_as_approved" in told:
        rows.append(("as approved", "yes" if told["bound_as_approved"] else "NO"))
    rows += [(title, _took(told[name])) for name, title in _DELAYS.items() if name in told]
    rows.append(("way back", "a trusted version" if told["can_be_restored"] else "none"))
    head = f"{told['id']}: {told['policy']} {told['version']} in {told['program']}, {told['state']}"
    return "\n".join([head, *columns(rows)])


def _compared(name: str, before: float | None, after: float | None) -> str:
    written = [
        "unknown" if each is None else f"{each:,}" if name in _WHOLE else _percent(each)
        for each in (before, after)
    ]
    if before is None or after is None:
        return f"{written[1]}; before {written[0]}"
    way = "as before" if before == after else "fewer" if after < before else "more"
    return f"{written[1]}, {way}; before {written[0]}"


def _took(duration: str) -> str:
    """Nobody counts the parts of a second."""
    seconds = duration.removesuffix("s")
    whole = seconds.partition(".")[0]
    if not whole.isdigit():
        return duration
    return counted(int(whole), "second") if int(whole) else "less than a second"


def _heading(report: Report, whole: Mapping[str, Any]) -> Iterator[str]:
    policy, before = report["policy"], report["before"]
    yield f"Service levels, {_month(report['month'])}"
    issues = counted(whole["detected"], "issue")
    yield f"{issues} detected, looked at on {_moment(report['as_of'])} by {_named(policy)}"
    yield f"Changes are from {_month(before['month'])}, looked at on {_moment(before['as_of'])}"
    if report["as_of"] < report["settled_at"]:
        yield f"Not settled: a resolution rate is there from {_moment(report['settled_at'])} on"
    since = report["undecided_since"]
    if since is not None:
        yield f"The clock stands still since {_moment(since)}: targets missed since are not in it"


def _boxes(figures: Mapping[str, Figure], colour: bool) -> Iterator[str]:
    names = list(TITLES)
    for row in (names[:3], names[3:]):
        cells = [_cell(name, figures[name], colour) for name in row]
        yield " ".join(f"┌{'─' * _WIDE}┐" for _ in row)
        for line in zip(*cells, strict=True):
            yield " ".join(f"│ {text} │" for text in line)
        yield " ".join(f"└{'─' * _WIDE}┘" for _ in row)


def _cell(name: str, figure: Figure, colour: bool) -> list[str]:
    level = figure.get("level") or ""
    value = _value(name, figure["value"])
    change, painted = _change(name, figure["change"])
    room = _WIDE - 2
    told = f"{figure['yes']:,} of {figure['of']:,}"
    return [
        f"{TITLES[name]:<{room}}",
        f"{value:<8}{level:>{room - 8}}",
        f"{paint(change, painted, colour and bool(painted))}{told:>{room - len(change)}}",
    ]


def _by_domain(domains: list[Mapping[str, Any]]) -> Iterator[str]:
    name = max((len(each["name"]) for each in domains), default=0)
    bar = f"{'':<{_BAR}}"
    heads = [f"{each:>9}" if each else bar for each in _SHORT]
    yield f"{'By domain':<{name + 4}}{' '.join(heads)}".rstrip()
    for each in domains:
        figures = each["figures"]
        cells = [f"{_value(one, figures[one]['value']):>9}" for one in TITLES]
        cells.insert(2, _bar(figures["ttr_compliance"]["value"]))
        yield f"  {each['domain']} {each['name']:<{name}}{' '.join(cells)}"


def _left_out(figures: Mapping[str, Figure]) -> Iterator[str]:
    yield "Left out, and why"
    rows = [
        (TITLES[name], "\n".join(f"{count:>6,}  {why}" for why, count in left.items()))
        for name in TITLES
        if (left := figures[name]["left_out"])
    ]
    yield from columns(rows) if rows else ["  nothing"]
    recurrence = figures["recurrence_rate"]
    if action := recurrence.get("action"):
        yield ""
        yield f"Recurrence is {recurrence['level']}: {action[:1].lower()}{action[1:]}"


def _value(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if name in _COUNTS else _percent(value)


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


def _change(name: str, change: float | None) -> tuple[str, str]:
    """With the colour that it is shown in; none where nothing changed."""
    if change is None:
        return "", ""
    number = f"{change:+,.0f}" if name in _COUNTS else f"{change * 100:+.1f}"
    if not number.strip("+-0.,"):
        return "= unchanged", ""
    sign = "▲" if change > 0 else "▼"
    better = (change < 0) == (name in _FALLS)
    unit = "" if name in _COUNTS else " points"
    return f"{sign} {number.replace('-', '−')}{unit}", "green" if better else "red"


def _bar(value: float | None) -> str:
    full = round((value or 0) * _BAR)
    return "█" * full + ("░" if value is not None else " ") * (_BAR - full)


def _month(text: str) -> str:
    first = date.fromisoformat(f"{text}-01")
    return f"{_MONTHS[first.month - 1]} {first.year}"


def _moment(text: str) -> str:
    """To the minute, and a day alone where it is its first instant."""
    day, _, clock = text.removesuffix("Z").partition("T")
    return day if clock == "00:00:00" else f"{day} {clock[:5]} UTC"


def _named(policy: Mapping[str, str]) -> str:
    return f"{policy['name']} {policy['version']}"
