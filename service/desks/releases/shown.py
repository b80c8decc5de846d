"""A release, as it is told over HTTP, to lines that a person reads."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Told = Mapping[str, Any]
Rows = list[tuple[str, str]]

_DIRECTIONS = {
    "stricter": "decided more strictly",
    "looser": "decided more loosely",
    "different": "decided otherwise",
    "alike": "the same outcome for another reason",
}


def manifest_rows(release: Told) -> Rows:
    manifest = release["manifest"]
    target = manifest.get("restore_target")
    rows = [
        ("window", f"{manifest['valid_from']} to {release['valid_until']}"),
        ("scope", manifest["scope"]),
        ("author", manifest["author"]),
        ("approver", release["approver"] or f"nobody yet; the {manifest['approver_role']} may"),
        (
            "goes back to",
            f"{manifest['policy']} {target['version']}" if target else "nothing that is trusted",
        ),
    ]
    floors = ", ".join(
        f"{each['cohort']} {each['minimum']:.0%}" for each in manifest.get("floors", [])
    )
    return rows + ([("floors", floors)] if floors else [])


def evidence_rows(release: Told) -> Rows:
    evidence = release["evidence"]
    rows: Rows = []
    if "findings" in evidence:
        rows.append(("checks", "\n".join(_checks(evidence["findings"]))))
    if "changes" in evidence:
        rows.append(("changes", _changes(evidence["changes"])))
    if "replay" in evidence:
        rows.append(("replay", "\n".join(_replay(evidence["replay"]))))
        cohorts = _cohorts(evidence["replay"])
        rows += [("a person reads", cohorts)] if cohorts else []
    return rows


def history_rows(release: Told) -> Rows:
    return [
        (each["at"], "; ".join([f"{each['event']}, by {each['actor']}", *each["reasons"]]))
        for each in release["history"]
    ]


def _checks(findings: Told) -> Iterator[str]:
    yield f"{findings['open']} findings" if findings["open"] else "nothing to complain of"
    yield f"{findings['examples']} examples are looked at"
    if "not_proved" in findings:
        yield f"guarantees are not proved: {findings['not_proved']}"
        return
    verdicts = Counter(each["verdict"] for each in findings["guarantees"])
    yield f"{verdicts['proved']} guarantees are proved for every possible case"
    if verdicts["unknown"]:
        yield f"of {verdicts['unknown']} nobody knows whether they hold"
    if verdicts["refuted"]:
        yield f"{verdicts['refuted']} are broken by some case"


def _changes(changes: Told) -> str:
    if "changes" not in changes:
        return str(changes["not_compared"])
    found = changes["changes"]
    regions = Counter(each["direction"] for of in found["decisions"] for each in of["regions"])
    told = [f"{count} {_DIRECTIONS.get(way, way)}" for way, count in sorted(regions.items())]
    whole = all(of["complete"] for of in found["decisions"])
    kinds = f"{regions.total()} kinds of cases against {changes['against']['version']}"
    rest = [] if whole else ["there may be more"]
    return "\n".join([kinds, *told, *rest])


def _replay(replay: Told) -> Iterator[str]:
    window = f"from {replay['window_from']} to {replay['window_until']}"
    yield f"{replay['cases']} decisions {window}, decided again"
    for each in replay["outcomes"]:
        pair = each["live"], each["candidate"]
        way = f"{pair[0]} as before" if pair[0] == pair[1] else f"{pair[0]} → {pair[1]}"
        yield f"{each['cases']} {way}"
    if replay.get("check", {}).get("differing"):
        yield f"{replay['check']['differing']} not decided again as they were recorded"
    for why, count in replay["left_out"].items():
        yield f"{count} left out: {why}"


def _cohorts(replay: Told) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in replay["coverage"].items())
