"""Labelled cases, of a file or a table, as `bylaw calibrate` takes them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from engine.cli.cases import opened, read_cells
from engine.cli.history import Asked, of_file
from engine.cli.screen import Wrong, counted, progress, say
from engine.cli.tables import of_engine, theirs
from engine.language.nearest import nearest
from engine.verbs.calibrating.models import Labelled, LabelledTable
from engine.verbs.replaying.layout import NO_INSTANT, WRITE_INSTANT, Layout

if TYPE_CHECKING:
    from engine.cli.tables import Table
    from engine.program.nodes import Program
    from engine.verbs.calibrating.positive import Positive

_LABELS: Mapping[object, bool] = {
    **dict.fromkeys(("true", "yes", "1", "1.0", "y"), True),
    **dict.fromkeys(("false", "no", "0", "0.0", "n"), False),
}
_OF_EXPORTS = ("policy", "version", "hash", "hypothetical", "facts")
"""Columns that say of a row whether it is one of these cases at all."""
_FACTS = "a column for each fact, as `decide --cases` takes it"


@contextmanager
def labelled(
    path: str | None,
    label: str,
    engine: str | None,
    table: str | None,
    program: "Program",
    decision: str,
    positive: "Positive",
) -> Iterator[Iterable[Labelled] | LabelledTable]:
    """Rows whose label is empty are left out, and told of. A terminal shows how far it is."""
    asked = Asked(program, program, decision, keep=(label,))
    of = of_engine(engine, table, path, asked)
    if of is not None:
        with theirs(of):
            made = _of_table(of, label, asked, positive, needed=engine is not None)
            if made is not None:
                with progress(of.rows, "deciding") as note:
                    yield replace(made, note=note)
                    return
    if path is None:
        raise Wrong("it is not said where the labelled cases are", "give a file by `--cases`")
    yield _of_rows(path, asked, label, positive)


def _of_table(
    of: "Table", label: str, asked: Asked, positive: "Positive", *, needed: bool
) -> LabelledTable | None:
    """None where its rows must be looked at one by one, which is wrong where columns are needed."""
    from engine.verbs.calibrating.columns import with_label

    columns = list(of.table.columns)
    others = {*columns} - {label, *Layout(asked, None).facts}
    of_export = next((each for each in _OF_EXPORTS if each in others), None)
    if of_export is not None and not needed:
        return None
    if of_export is not None:
        by_row = "leave `--engine` out: its rows are looked at one by one"
        cure = by_row if of.at is None else f"leave `{of_export}` out in a view"
        raise Wrong(f"{of.source} has a column `{of_export}`, as exports have", cure)
    if label not in columns:
        raise Wrong(*_no_label(of.source, label, columns))
    if of.table[label].type().is_nested():
        cure = f"write yes or no in `{label}`"
        raise Wrong(f"{of.source} has a list or a record in `{label}`", cure)
    given, rows, without = with_label(of.table, label)
    if not rows:
        raise Wrong(*(_no_label(of.source, label, columns) if without else _no_cases(of.source)))
    _tell(without)
    right = partial(_right, positive=positive, label=label, place=f"a case of {of.source}")
    return LabelledTable(given, label, right, "as_of" if "as_of" in others else None, of.by)


def _of_rows(path: str, asked: Asked, label: str, positive: "Positive") -> Iterator[Labelled]:
    history = of_file(path, asked)
    total = without = 0
    with progress(history.size, "deciding") as note:
        for row, size in history.rows:
            note(size)
            if row is None:
                continue
            total += 1
            given = row.more.get(label)
            if given is None or given == "":
                without += 1
                continue
            place = f"{row.name} of `{path}`"
            if row.gone is not None:
                cure = WRITE_INSTANT if row.gone == NO_INSTANT else _FACTS
                raise Wrong(f"{place}: {row.gone}", cure)
            yield Labelled(row.case, _right(given, positive, label, place), row.now)
    if without == total:
        source = f"`{path}`"
        raise Wrong(*(_no_label(source, label, _columns(path)) if total else _no_cases(source)))
    _tell(without)


def _tell(without: int) -> None:
    if without:
        say(f"{counted(without, 'case')} without a label left out", error=True)


def _no_cases(source: str) -> tuple[str, str]:
    return f"{source} holds no cases", "a line for each case, with its label"


def _no_label(source: str, label: str, columns: Sequence[str]) -> tuple[str, str]:
    near = nearest(label, columns)
    if near and near != label:
        return f"{source} has no labels in `{label}`", f"did you mean `{near}`?"
    there = f"there is {', '.join(f'`{each}`' for each in columns[:12])}; " if columns else ""
    cure = f"{there}`--label` names the column that says whether the positive outcome is right"
    return f"{source} has no labels in `{label}`", cure


def _columns(path: str) -> Sequence[str]:
    if not path.lower().endswith(".csv"):
        return []
    with opened(path) as file:
        return next(read_cells(file, path)).cells


def _right(given: object, positive: "Positive", label: str, place: str) -> bool:
    """Yes or no, or whether the outcome that is named is positive."""
    if isinstance(given, bool):
        return given
    text = str(given).strip()
    found = _LABELS.get(text.lower())
    if found is not None:
        return found
    if text in positive.known:
        return text in positive.values
    known = f", or one of {', '.join(positive.known)}" if positive.known else ""
    raise Wrong(f"{place}: the label is `{text}`", f"write yes or no in `{label}`{known}")
