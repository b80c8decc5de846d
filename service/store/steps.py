"""The tables of the store, as numbered steps: a store of any earlier step is brought to the last.

A step that has been released is never changed; what is to be otherwise becomes a new one.
"""

from collections.abc import Callable, Sequence

from service.store.sqlite import Database


def _decisions_and_who_asks(db: Database) -> None:
    db.table("versions").create(
        {
            "hash": str,
            "name": str,
            "version": str,
            "source": str,
            "since": int,
            "uploaded": int,
            "was_live": int,
        },
        pk="hash",
        not_null={"name", "version", "source", "since"},
        defaults={"uploaded": 0, "was_live": 0},
    )
    db.table("live").create(
        {"name": str, "version": str, "hash": str, "since": int, "by": str},
        pk="name",
        not_null={"version", "hash", "since", "by"},
    )
    db.table("subjects").create(
        {"id": int, "tag": bytes, "key": bytes, "since": int},
        pk="id",
        not_null={"since"},  # who is forgotten has neither tag nor key
    )
    db.table("subjects").create_index(["tag"], unique=True)
    db.table("journal").create(
        {
            "id": str,
            "at": int,
            "policy": str,
            "version": str,
            "subject": int,
            "record": bytes,
            "mentioned": str,
            "facts": bytes,
            "sealed": int,
        },
        pk="id",
        not_null={"at", "policy", "version", "record", "sealed"},
    )
    db.execute("CREATE INDEX journal_subject ON journal (subject) WHERE subject IS NOT NULL")
    db.table("answers").create(
        {"caller": str, "key": str, "digest": bytes, "at": int, "subject": int, "body": bytes},
        pk=("caller", "key"),
        not_null={"digest", "at", "body"},
    )
    db.table("answers").create_index(["subject"])
    db.table("answers").create_index(["at"])
    db.table("marks").create({"name": str, "value": bytes}, pk="name", not_null={"value"})
    db.table("keys").create(
        {
            "id": str,
            "name": str,
            "digest": bytes,
            "roles": str,
            "rate": int,
            "since": int,
            "revoked": int,
        },
        pk="id",
        not_null={"name", "digest", "roles", "since"},
    )
    db.table("audit").create(
        {
            "seq": int,
            "at": int,
            "actor": str,
            "event": str,
            "detail": str,
            "before": str,
            "hash": str,
        },
        pk="seq",
        not_null={"at", "actor", "event", "detail", "before", "hash"},
    )
    db.table("shadows").create(
        {"name": str, "version": str, "hash": str, "share": float, "since": int},
        pk="name",
        not_null={"version", "hash", "share", "since"},
    )
    db.table("compared").create(
        {"hash": str, "against": str, "agreed": int, "differed": int, "dropped": int},
        pk=("hash", "against"),
        not_null={"agreed", "differed", "dropped"},
    )
    db.table("differences").create(
        {"id": str, "hash": str, "against": str, "live": str, "candidate": str},
        pk=("id", "hash"),
        not_null={"against", "live", "candidate"},
    )


def _issues(db: Database) -> None:
    db.table("spans").create(
        {
            "seq": int,
            "span_id": str,
            "at": int,
            "subcode": str,
            "sealed": bytes,
            "mark": str,
            "complaint": int,
            "effect": str,
            "late": int,
            "issue": int,
            "decision": str,
            "step": str,
        },
        pk="seq",
        not_null={"span_id", "at", "subcode", "sealed", "mark", "complaint", "effect", "late"},
    )
    db.table("spans").create_index(["span_id"], unique=True)
    db.execute(
        "CREATE TABLE buffer (subcode TEXT NOT NULL, at INTEGER NOT NULL, span_id TEXT NOT NULL,"
        " seq INTEGER NOT NULL, PRIMARY KEY (subcode, at, span_id)) WITHOUT ROWID"
    )
    db.table("issues").create(
        {
            "number": int,
            "issue_id": str,
            "subcode": str,
            "domain": str,
            "state": str,
            "takes": int,
            "open": int,
            "created_at": int,
            "newest_at": int,
            "span_count": int,
            "max_intensity": str,
            "priority": float,
            "label": str,
            "confidence": float,
            "owner_team": str,
            "owner_individual": str,
            "entity": str,
            "location": str,
            "duplicate_of": str,
            "due": int,
            "revision": int,
            "policy": str,
            "facts": str,
            "kept": str,
        },
        pk="number",
        not_null={
            "issue_id",
            "subcode",
            "domain",
            "state",
            "takes",
            "open",
            "created_at",
            "newest_at",
            "span_count",
            "max_intensity",
            "priority",
            "label",
            "confidence",
            "revision",
            "policy",
            "facts",
            "kept",
        },
    )
    db.table("issues").create_index(["issue_id"], unique=True)
    db.table("issues").create_index(["created_at"])
    db.table("issues").create_index(["priority"])
    db.execute("CREATE INDEX issues_taking ON issues (subcode, newest_at) WHERE takes")
    db.execute("CREATE INDEX issues_due ON issues (due) WHERE due IS NOT NULL")
    db.execute(
        "CREATE TABLE issue_spans (issue INTEGER NOT NULL, at INTEGER NOT NULL,"
        " span_id TEXT NOT NULL, seq INTEGER NOT NULL, since INTEGER NOT NULL,"
        " PRIMARY KEY (issue, at, span_id)) WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE tallied (issue INTEGER NOT NULL, tally TEXT NOT NULL, value TEXT NOT NULL,"
        " PRIMARY KEY (issue, tally, value)) WITHOUT ROWID"
    )
    db.table("transitions").create(
        {
            "seq": int,
            "issue": int,
            "at": int,
            "from_state": str,
            "to_state": str,
            "event": str,
            "trigger": str,
        },
        pk="seq",
        not_null={"issue", "at", "from_state", "to_state", "event", "trigger"},
    )
    db.table("transitions").create_index(["issue", "at"])
    db.table("events").create(
        {"seq": int, "at": int, "type": str, "about": str, "body": str},
        pk="seq",
        not_null={"at", "type", "about", "body"},
    )
    db.table("events").create_index(["about", "seq"])


def _releases(db: Database) -> None:
    db.table("releases").create(
        {
            "number": int,
            "program": str,
            "policy": str,
            "version": str,
            "hash": str,
            "state": str,
            "ended": int,
            "revision": int,
            "manifest": str,
            "facts": str,
            "evidence": str,
            "against": str,
        },
        pk="number",
        not_null={
            "program",
            "policy",
            "version",
            "hash",
            "state",
            "ended",
            "revision",
            "manifest",
            "facts",
            "evidence",
        },
    )
    db.table("releases").create_index(["program"])
    db.execute("CREATE INDEX releases_open ON releases (number) WHERE NOT ended")
    db.table("release_steps").create(
        {
            "seq": int,
            "release": int,
            "at": int,
            "actor": str,
            "event": str,
            "from_state": str,
            "to_state": str,
            "reasons": str,
        },
        pk="seq",
        not_null={"release", "at", "actor", "event", "from_state", "to_state", "reasons"},
    )
    db.table("release_steps").create_index(["release"])
    db.table("evidence").create(
        {"hash": str, "part": str, "body": str, "since": int},
        pk="hash",
        not_null={"part", "body", "since"},
    )
    db.table("lived").create(
        {"seq": int, "name": str, "version": str, "hash": str, "since": int, "release": int},
        pk="seq",
        not_null={"name", "version", "hash", "since"},
    )
    db.table("lived").create_index(["name"])
    db.execute(
        "INSERT INTO lived (name, version, hash, since) SELECT name, version, hash, since FROM live"
    )


def _reports(db: Database) -> None:
    """A report looks at every move and every issue there was: what it reads stands in the index."""
    db.execute("DROP INDEX idx_transitions_issue_at")
    db.execute(
        "CREATE INDEX transitions_of_issue ON transitions (issue, at, seq, from_state, to_state)"
    )
    db.execute("CREATE INDEX issues_of_domain ON issues (created_at, domain)")


def _replays(db: Database) -> None:
    """The report is sealed, for it shows cases."""
    db.table("replays").create(
        {
            "id": str,
            "at": int,
            "actor": str,
            "asked": str,
            "state": str,
            "report": bytes,
            "problem": str,
        },
        pk="id",
        not_null={"at", "actor", "asked", "state"},
    )


STEPS: Sequence[Callable[[Database], None]] = (
    _decisions_and_who_asks,
    _issues,
    _releases,
    _reports,
    _replays,
)
