"""The tables of the store, as numbered steps: a store of any earlier step is brought to the last.

A step that has been released is never changed; what is to be otherwise becomes a new one.
"""

from collections.abc import Callable, Sequence

from sqlite_utils import Database


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


STEPS: Sequence[Callable[[Database], None]] = (_decisions_and_who_asks,)
