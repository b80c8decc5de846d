"""Lines and comments to text: every comment by the words that it stood by.

A comment on a line of its own comes before the line that begins with what followed it, one at the
end of a line stays at the end of what it followed. Where a comment stood between words that are on
one line now, it goes in front of that line.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.syntax import nodes as syntax
from engine.syntax.layout import Gap, Line


@dataclass
class _Place:
    """A line with its comments: on lines of their own before it, from within it, and at its end."""

    line: Line
    before: list[syntax.Comment] = field(default_factory=list)
    within: list[syntax.Comment] = field(default_factory=list)
    after: syntax.Comment | None = None

    def takes(self, comment: syntax.Comment) -> bool:
        """Whether the comment is this line's, and not the next one's."""
        if comment.span.start < self.line.end:
            self.within.append(comment)
        elif comment.own_line:
            return False
        else:
            self.within += [self.after] if self.after else []
            self.after = comment
        return True


def woven(lines: Sequence[Line], comments: Sequence[syntax.Comment], text: str) -> str:
    """`text` is the source, which is asked for the author's empty lines."""
    places = [_Place(line) for line in lines]
    known = sorted((place for place in places if place.line.start is not None), key=_start)
    last: list[syntax.Comment] = []
    for comment in comments:
        following = bisect_right(known, comment.span.start, key=_start)
        if not following or not known[following - 1].takes(comment):
            (known[following].before if following < len(known) else last).append(comment)
    written = [text_line for place in places for text_line in _written(place, text)]
    for comment in last:
        written += [""] * _follows_empty_line(text, comment.span.start) + [comment.text]
    return "\n".join(written).lstrip("\n") + "\n"


def _start(place: _Place) -> int:
    return place.line.start or 0


def _written(place: _Place, text: str) -> Iterator[str]:
    line = place.line
    indent = " " * line.indent
    comments = [*place.before, *place.within]
    empty = [_follows_empty_line(text, comment.span.start) for comment in place.before]
    empty.append(line.start is not None and _follows_empty_line(text, line.start))
    empty += [False] * len(place.within)
    if line.gap is Gap.ALWAYS and not any(empty):
        empty[0] = True
    words = [*(comment.text for comment in comments), line.text + _at_the_end(place)]
    for each, follows_empty in zip(words, empty, strict=True):
        if follows_empty and line.gap is not Gap.NONE:
            yield ""
        yield indent + each


def _at_the_end(place: _Place) -> str:
    return f"  {place.after.text}" if place.after else ""


def _follows_empty_line(text: str, offset: int) -> bool:
    blanks = offset
    while 0 < blanks <= len(text) and text[blanks - 1].isspace():
        blanks -= 1
    return text.count("\n", blanks, offset) > 1
