"""What is other in a second version of a policy, as an answer carries it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from service.wire import Hash

Level = Literal["patch", "minor", "major"]


class ComparedVersion(BaseModel):
    policy: str
    version: str
    content_hash: Hash


class LeastBump(BaseModel):
    """What the number of the new version must at least be."""

    level: Level
    reason: str


class ContractChange(BaseModel):
    """Something that callers see."""

    level: Level
    text: str


class EditedPart(BaseModel):
    of: Annotated[str, Field(description="what kind of part, as `threshold`")]
    text: str


class DeterminedBy(BaseModel):
    basis: str
    rule: str | None


class FieldChange(BaseModel):
    field: Annotated[str, Field(description="empty where the outcome is no object")]
    how: Literal["from to", "more", "less", "given", "dropped", "another"]
    old: Any
    new: Any


class DecidedOnce(BaseModel):
    basis: str
    determining: list[str]
    outcome: Any


class ShowingCase(BaseModel):
    """A case that shows it, decided by both evaluators by both versions."""

    case: Any
    as_of: str
    old: DecidedOnce
    new: DecidedOnce
    matters: Annotated[list[str], Field(description="pointers to the facts that make it so")]


class Region(BaseModel):
    """One kind of cases that are decided otherwise."""

    direction: Literal["looser", "stricter", "different", "alike"]
    old: DeterminedBy
    new: DeterminedBy
    lost: Annotated[list[str], Field(description="rules that no longer add to the outcome")]
    gained: list[str]
    changes: list[FieldChange]
    outcome: str
    where: Annotated[
        list[str] | None,
        Field(description="what makes the difference, given what decided before"),
    ]
    exactly: Annotated[bool, Field(description="whether every case of the kind is so")]
    witness: Annotated[
        ShowingCase | None, Field(description="null where it is not sure that there is any")
    ]


class DecisionChange(BaseModel):
    name: str
    complete: Annotated[bool, Field(description="whether there are no kinds but these")]
    regions: list[Region]
    unchanged: Annotated[
        list[DeterminedBy], Field(description="what decided before, and decides as before")
    ]
    kept: Annotated[list[str], Field(description="outcomes that no case gets which did not")]
    rough: Annotated[list[str], Field(description="what it is hard to tell of")]


class Move(BaseModel):
    """What an event or a deadline does otherwise in a state."""

    state: str
    event: str | None
    effect: Literal["gained", "lost", "redirected", "other facts", "another transition"]
    old: str
    new: str
    by: list[str]
    where: list[str] | None
    exactly: bool
    witness: ShowingCase | None


class LifecycleChange(BaseModel):
    name: str
    complete: bool
    moves: list[Move]
    gained_states: list[str]
    lost_states: list[str]
    newly_reachable: list[str]
    newly_unreachable: list[str]
    unchanged: Annotated[int, Field(description="pairs of a state and an event")]


class Changes(BaseModel):
    """What is other in the new version."""

    old: ComparedVersion
    new: ComparedVersion
    complete: Annotated[bool, Field(description="false where the budget ran out")]
    bump: LeastBump
    contract: list[ContractChange]
    edited: list[EditedPart]
    decisions: list[DecisionChange]
    lifecycles: list[LifecycleChange]
