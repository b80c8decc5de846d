"""Tables to code that looks a row up, a step for each column at most and none for each row."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any, assert_never

from engine.backends.python.module import Module
from engine.program import index
from engine.program import nodes as program

Step = tuple[int, Sequence[Any], Any, Any]
"""A column; where it is cut, or nothing; what follows by place between the cuts, or by value; what
follows for any other value. What follows is a step, or else the number of a row."""


_MOST_UNKNOWN = 4

Find = Callable[[Sequence[Any]], Any]
"""From a table's arguments to its result."""


class Lookups:
    """The tables of one program; each is built once for each way it is asked."""

    def __init__(self, tables: Mapping[str, program.Table], module: Module) -> None:
        self._tables = tables
        self._module = module
        self._trees: dict[str, index.Tree | index.TooLarge] = {}
        self._names: dict[tuple[str, tuple[bool, ...]], str] = {}

    def code(self, name: str, arguments: Sequence[tuple[str, bool]]) -> str:
        """The table's result for arguments; of each is told whether it may be unknown."""
        codes = ", ".join(code for code, _ in arguments)
        maybe = tuple(unknown for _, unknown in arguments)
        named = self._by_name(name) if maybe == (False,) else None
        if named is not None:
            results, default = named
            return f"{results}.get({codes}, {default})"
        return f"{self._finder(name, maybe)}(({codes},))"

    def find(self, name: str) -> Find:
        """For arguments that are known or not."""
        table = self._tables[name]
        known = self._known(table)

        def find(arguments: Sequence[Any]) -> Any:
            unknown = any(each is None for each in arguments)
            return _scan(table, arguments) if unknown else known(arguments)

        return find

    def _by_name(self, name: str) -> tuple[str, str] | None:
        """The results by the only argument, and the one for any other value."""
        table, tree = self._tables[name], self._tree(name)
        if not isinstance(tree, index.ByValue) or not _only_leaves(tree):
            return None
        key = name, ()
        if key not in self._names:
            results = {value: _result(table, leaf) for value, leaf in tree.branches.items()}
            self._names[key] = self._module.name(name, results)
        return self._names[key], self._module.constant(_result(table, tree.default))

    def _finder(self, name: str, maybe: tuple[bool, ...]) -> str:
        if (name, maybe) not in self._names:
            find = self._unknown(self._tables[name], maybe)
            self._names[name, maybe] = self._module.name(name, find)
        return self._names[name, maybe]

    def _tree(self, name: str) -> index.Tree | index.TooLarge:
        if name not in self._trees:
            self._trees[name] = index.index(self._tables[name])
        return self._trees[name]

    def _known(self, table: program.Table) -> Find:
        tree = self._tree(table.name)
        if isinstance(tree, index.TooLarge):
            return partial(_scan, table)
        return _walker(tree, [row.result for row in table.rows])

    def _unknown(self, table: program.Table, maybe: tuple[bool, ...]) -> Find:
        """The first row that is not false decides: it is true where it asks nothing of what is
        unknown. A tree over the known columns finds it; there is one for each set of columns that
        may be known."""
        if not any(maybe):
            return self._known(table)
        if sum(maybe) > _MOST_UNKNOWN:
            return partial(_scan, table)
        finders = {
            known: self._over(table, known)
            for known in product(*((True, False) if each else (True,) for each in maybe))
        }

        def find(arguments: Sequence[Any]) -> Any:
            return finders[tuple([each is not None for each in arguments])](arguments)

        return find

    def _over(self, table: program.Table, known: Sequence[bool]) -> Find:
        if all(known):
            return self._known(table)
        tree = index.index(table, [place for place, each in enumerate(known) if each])
        if isinstance(tree, index.TooLarge):
            return partial(_scan, table)
        unknown = [place for place, each in enumerate(known) if not each]
        results = [row.result if index.asks_nothing(row, unknown) else None for row in table.rows]
        return _walker(tree, results)


def _scan(table: program.Table, arguments: Sequence[Any]) -> Any:
    row = index.look_up_unknown(table, arguments)
    return None if row is None else table.rows[row].result


def _walker(tree: index.Tree, results: Sequence[Any]) -> Find:
    first = _step(tree, {})

    def walk(arguments: Sequence[Any]) -> Any:
        step = first
        while step.__class__ is tuple:
            column, cuts, following, default = step
            if cuts is None:
                step = following.get(arguments[column], default)
            else:
                step = following[bisect_right(cuts, arguments[column])]
        return None if step is None else results[step]

    return walk


def _step(tree: index.Tree, made: dict[index.Tree, Any]) -> Any:
    if tree not in made:
        match tree:
            case index.Leaf(row=row):
                made[tree] = row
            case index.ByValue(column=column, branches=named, default=default):
                following = {value: _step(below, made) for value, below in named.items()}
                made[tree] = (column, None, following, _step(default, made))
            case index.ByRange(column=column, cuts=cuts, branches=branches):
                made[tree] = (column, cuts, [_step(each, made) for each in branches], None)
            case _:
                assert_never(tree)
    return made[tree]


def _only_leaves(tree: index.ByValue) -> bool:
    return all(isinstance(each, index.Leaf) for each in (tree.default, *tree.branches.values()))


def _result(table: program.Table, leaf: index.Tree) -> Any:
    row = leaf.row if isinstance(leaf, index.Leaf) else None
    return None if row is None else table.rows[row].result
