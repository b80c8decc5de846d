"""The issue book over HTTP within a test, and the forms that its records have by the framework."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
from litestar.testing import TestClient

from service.entrance import Service
from tests.served import put, serving

ROOT = Path(__file__).parents[1]
Wire = dict[str, Any]

_INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
_STATES = [
    "DETECTED", "ACKNOWLEDGED", "IN_PROGRESS", "RESOLVED", "VERIFIED", "DECLINED", "REOPENED",
    "STALE",
]  # fmt: skip

ISSUE: Wire = {
    "type": "object",
    "properties": {
        "issue_id": {"type": "string", "pattern": "^ISSUE-[0-9]{4}-[0-9]{4,}$"},
        "state": {"enum": _STATES},
        "primary_subcode": {"type": "string", "pattern": r"^[OPJEAVR][1-4]\.[0-9]{2}$"},
        "domain": {"type": "string", "pattern": "^[OPJEAVR]$"},
        "span_ids": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "span_count": {"type": "integer", "minimum": 1},
        "max_intensity": {"enum": ["I1", "I2", "I3"]},
        "priority_score": {"type": "number", "minimum": 0},
        "confidence_score": {"type": "number", "minimum": 0, "maximum": 1},
        "owner_team": {"type": "string"},
        "owner_individual": {"type": "string"},
        "created_at": _INSTANT,
        "acknowledged_at": _INSTANT,
        "resolved_at": _INSTANT,
        "verified_at": _INSTANT,
        "reopen_count": {"type": "integer", "minimum": 0},
        "decline_reason": {
            "enum": ["DEC-DUP", "DEC-OOS", "DEC-INS", "DEC-NAR", "DEC-EXT", "DEC-POL", "DEC-OLD"]
        },
        "resolution_code": {"type": "string"},
        "resolution_notes": {"type": "string"},
        "causal_codes": {
            "type": "array",
            "items": {"type": "string", "pattern": "^(CD|MG|SY)-[A-Z]$"},
        },
        "entity": {"type": "string"},
        "location": {"type": "string"},
        "verification_window_days": {"type": "integer", "enum": [30, 60, 90]},
        "state_history": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "state": {"type": "string"},
                    "timestamp": _INSTANT,
                    "actor": {"type": "string"},
                    "notes": {"type": "string"},
                },
            },
        },
    },
    "required": [
        "issue_id", "state", "primary_subcode", "domain", "span_ids", "span_count",
        "max_intensity", "priority_score", "confidence_score", "created_at",
    ],
}  # fmt: skip
"""8.1, with its formats of date and time as patterns."""

TRANSITION: Wire = {
    "type": "object",
    "properties": {
        "event_type": {"const": "state_transition"},
        "issue_id": {"type": "string", "pattern": "^ISSUE-[0-9]{4}-[0-9]{4,}$"},
        "from_state": {"enum": _STATES},
        "to_state": {"enum": _STATES},
        "timestamp": _INSTANT,
        "actor": {"type": "string"},
        "trigger": {"enum": ["manual", "span", "clock"]},
        "resolution_code": {"type": "string"},
        "notes": {"type": "string"},
    },
    "required": [
        "event_type", "issue_id", "from_state", "to_state", "timestamp", "actor", "trigger",
    ],
}  # fmt: skip
"""The event that 8.2 shows."""


def span(id: str, at: str, **facts: Any) -> Wire:
    """A complaint about cold food, unless it is said otherwise."""
    return {
        "span_id": id,
        "review_id": f"R-{id}",
        "subcode": "O2.05",
        "valence": "V-",
        "intensity": "I3",
        "comparative": "CR-N",
        "evidence": "ES",
        "at": at,
        **facts,
    }


def policies_in(folder: Path) -> Path:
    """A folder of the one policy that governs issues, without its examples, which are most of it
    and take most of the time to read."""
    policies = folder / "policies"
    if not policies.exists():
        whole = (ROOT / "policies" / "lifecycle" / "1.0.0.bylaw").read_text(encoding="utf-8")
        rules, found, _ = whole.partition("\n# What is expected of single cases.")
        assert found
        put(policies, "lifecycle/1.0.0", rules + "\n")
        (policies / "live.toml").write_text('lifecycle = "1.0.0"\n', encoding="utf-8")
    return policies


@contextmanager
def keeping(folder: Path, key: str | None = None, **told: Any) -> Iterator["Client"]:
    """A book in which time is played."""
    with serving(policies_in(folder), key, **{"simulation": True, **told}) as http:
        yield Client(http)


class Client:
    """What is asked must be answered 200; `refused` is for the rest."""

    def __init__(self, http: TestClient[Service]) -> None:
        self.http = http

    def take(self, *spans: Wire) -> list[Wire]:
        taken: list[Wire] = self._post("/v1/spans", list(spans))["spans"]
        return taken

    def report(self, issue: str, event: str, at: str, **payload: Any) -> Wire:
        body = {"event": event, "actor": "kim", "at": at, **payload}
        return self._post(f"/v1/issues/{issue}/events", body)

    def clock(self, at: str) -> Wire:
        happened: Wire = self._post("/v1/clock", {"at": at})["happened"]
        return happened

    def issue(self, issue: str = "ISSUE-2026-0001") -> Wire:
        record = self._get(f"/v1/issues/{issue}")
        jsonschema.validate(record, ISSUE)
        return record

    def issues(self, **query: Any) -> list[Wire]:
        """All pages."""
        found: list[Wire] = []
        while True:
            page = self._get("/v1/issues", query)
            found += page["issues"]
            if page["next"] is None:
                for each in found:
                    jsonschema.validate(each, ISSUE)
                return found
            query = {**query, "page": page["next"]}

    def history(self, issue: str = "ISSUE-2026-0001") -> list[Wire]:
        """All pages."""
        found: list[Wire] = []
        query: dict[str, Any] = {"limit": 1000}
        while True:
            page = self._get(f"/v1/issues/{issue}/history", query)
            found += page["history"]
            if page["next"] is None:
                break
            query["after"] = page["next"]
        for each in found:
            if each["event_type"] == "state_transition":
                jsonschema.validate(each, TRANSITION)
        return found

    def notices(self, after: int = 0) -> list[Wire]:
        """What the policy makes known, from a place in the feed on."""
        return [each for each in self.feed(after) if "kind" in each]

    def feed(self, after: int = 0) -> list[Wire]:
        """All of it."""
        found: list[Wire] = []
        while True:
            page = self._get("/v1/events", {"after": after, "limit": 1000})
            found += [{"seq": each["seq"], **each["body"]} for each in page["events"]]
            if page["next"] == page["last"]:
                return found
            after = page["next"]

    def refused(self, status: int, path: str, body: Any, **headers: str) -> Wire:
        reply = self.http.post(path, json=body, headers=headers)
        assert reply.status_code == status, reply.text
        told: Wire = reply.json()
        return told

    def _post(self, path: str, body: Any) -> Wire:
        reply = self.http.post(path, json=body)
        assert reply.status_code == 200, reply.text
        told: Wire = reply.json()
        return told

    def _get(self, path: str, query: Mapping[str, Any] | None = None) -> Wire:
        reply = self.http.get(path, params=query)
        assert reply.status_code == 200, reply.text
        told: Wire = reply.json()
        return told


def contents(client: Client, but: Collection[str] = ()) -> Any:
    """All that the book keeps, without the ids of decisions, which are drawn."""
    db = client.http.app.state.store.reader()
    issues = [
        {name: value for name, value in row.items() if name not in but}
        for row in db.table("issues").rows
    ]
    feed = [
        {name: value for name, value in each.items() if name != "decision_id"}
        for each in client.feed()
    ]
    columns = "seq, span_id, at, subcode, mark, complaint, effect, late, issue"
    others = {
        table: list(db.query(f"SELECT {what} FROM {table} ORDER BY {order}"))
        for table, what, order in (
            ("spans", columns, "seq"),
            ("issue_spans", "*", "issue, at, span_id"),
            ("buffer", "*", "subcode, at, span_id"),
            ("tallied", "*", "issue, tally, value"),
            ("transitions", "*", "seq"),
        )
    }
    return json.loads(json.dumps({"issues": issues, "feed": feed, **others}))


def told_of(entries: Sequence[Wire]) -> list[str]:
    """The story of an issue in short lines."""
    return [_line(each) for each in entries]


def _line(entry: Wire) -> str:
    if entry["event_type"] == "issue_opened":
        return f"{entry['timestamp']} opened by {', '.join(entry['span_ids'])}"
    moved = f"{entry['from_state']} → {entry['to_state']}"
    if entry["from_state"] == entry["to_state"]:
        moved = entry["to_state"]
    return f"{entry['timestamp']} {entry['event']} by {entry['actor']}: {moved}"
