"""Whether time is played in a store: it is made so, and stays so."""

from pathlib import Path

from service.store.sqlite import Database
from service.store.store import StoreError

_MARK = "simulation"


def hold_to(db: Database, path: Path, *, simulation: bool) -> None:
    """Before anything is written to a new store. `StoreError` where the store is of the other
    kind."""
    made = bool(db.table("marks").count_where("name = ?", [_MARK]))
    if made == simulation:
        return
    if made:
        raise StoreError(
            f"the store `{path}` was made for simulation, where time is played",
            "say `--simulation`, or name another `--store`",
        )
    if db.table("marks").count:
        raise StoreError(
            f"the store `{path}` was not made for simulation",
            "name a new `--store`, or leave out `--simulation`",
        )
    db.table("marks").insert({"name": _MARK, "value": "1"})
