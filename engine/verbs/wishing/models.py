"""What the answer to `whynot` carries over the wire."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reach(_Model):
    """How far a number may go. Each end is told in one of two ways, or not at all; `named` are the
    thresholds whose values they are."""

    at_least: Any = None
    more_than: Any = None
    at_most: Any = None
    less_than: Any = None
    named: list[str] = []


class Change(_Model):
    """A fact that would have to be otherwise: where it stands in the case as it is (`/-` at the end
    is a new element of a list), what it is and what it could be. `text` says it in words, `reach`
    says for a number what else would do. `before` is withheld where the fact is sensitive."""

    fact: str
    called: str
    text: str
    before: Any = None
    after: Any = None
    reach: Reach | None = None
    withheld: bool = False


class Way(_Model):
    """Changes that together give what is wanted, and what is then decided, and by which rules."""

    changes: list[Change]
    outcome: Any
    determining: list[str]


class Block(_Model):
    """What stands in the way whatever else is changed. `rule` is the guard or rule of which it is
    told, where it is one."""

    rule: str | None
    text: str


class Stays(_Model):
    """A fact that was to stay as it is, and without which it would not be impossible."""

    fact: str
    called: str


class WhyNot(_Model):
    """`ways` are all as small: so many facts, and no further than the others. `proved` says that no
    way is smaller, `more` that there are more ways as small. `cause` says why it is not known."""

    policy: str
    version: str
    decision: str
    want: dict[str, Any]
    answer: Literal["already", "change", "impossible", "unknown"]
    text: str
    outcome: Any
    ways: list[Way] = []
    proved: bool = True
    more: bool = False
    blocked: list[Block] = []
    stays: list[Stays] = []
    cause: str | None = None
