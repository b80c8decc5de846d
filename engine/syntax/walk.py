"""A tree to all its nodes, each before what it holds, in the order in which they stand."""

from collections.abc import Iterator

from engine.syntax.nodes import Node


def walk(node: Node) -> Iterator[Node]:
    yield node
    for _, child in children(node):
        yield from walk(child)


def children(node: Node) -> Iterator[tuple[str, Node]]:
    """The nodes directly below, each with the name of the field that holds it."""
    for field, value in vars(node).items():
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Node):
                yield field, each
