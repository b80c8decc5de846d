"""The front door: what a policy is read into, and the verbs, each loaded when first used."""

from importlib import import_module
from typing import TYPE_CHECKING

from engine.version import __version__ as __version__

if TYPE_CHECKING:
    from engine.backends.proof.stop import GivenUpError as GivenUpError
    from engine.backends.proof.stop import give_up as give_up
    from engine.backends.proof.stop import take_up as take_up
    from engine.backends.python.lifecycle import Subject as Subject
    from engine.decision import Decision as Decision
    from engine.decision import Fault as Fault
    from engine.diagnostics.base import Finding as Finding
    from engine.diagnostics.render import render as render
    from engine.language.nearest import nearest as nearest
    from engine.language.plain_json import JsonError as JsonError
    from engine.language.plain_json import read_json as read_json
    from engine.language.values import parse_instant as parse_instant
    from engine.language.values import write_instant as write_instant
    from engine.library import Library as Library
    from engine.library import LibraryError as LibraryError
    from engine.library import version_number as version_number
    from engine.program.nodes import Program as Program
    from engine.source import Source as Source
    from engine.verbs.calibrate import calibrate as calibrate
    from engine.verbs.calibrating.models import Labelled as Labelled
    from engine.verbs.calibrating.models import LabelledTable as LabelledTable
    from engine.verbs.calibrating.models import NotCalibratableError as NotCalibratableError
    from engine.verbs.check import Checked as Checked
    from engine.verbs.check import PolicyError as PolicyError
    from engine.verbs.check import check as check
    from engine.verbs.check import load as load
    from engine.verbs.check_deep import check_deep as check_deep
    from engine.verbs.compare import bump as bump
    from engine.verbs.compare import compare as compare
    from engine.verbs.comparing.models import Changes as Changes
    from engine.verbs.comparing.render import as_json as as_json
    from engine.verbs.comparing.render import changes_markdown as changes_markdown
    from engine.verbs.comparing.render import changes_record as changes_record
    from engine.verbs.decide import UnknownDecisionError as UnknownDecisionError
    from engine.verbs.decide import decide as decide
    from engine.verbs.decide import decider as decider
    from engine.verbs.decide import named as named
    from engine.verbs.decide import record as record
    from engine.verbs.document import document as document
    from engine.verbs.explain import Audience as Audience
    from engine.verbs.explain import explain as explain
    from engine.verbs.explaining.models import AgentExplanation as AgentExplanation
    from engine.verbs.explaining.models import AuditExplanation as AuditExplanation
    from engine.verbs.explaining.models import CodesExplanation as CodesExplanation
    from engine.verbs.facts import fact_at as fact_at
    from engine.verbs.facts import mentioned as mentioned
    from engine.verbs.facts import withheld as withheld
    from engine.verbs.follow import Follower as Follower
    from engine.verbs.follow import follow as follow
    from engine.verbs.new import new as new
    from engine.verbs.prove import UnknownGuaranteeError as UnknownGuaranteeError
    from engine.verbs.prove import prove as prove
    from engine.verbs.proving.models import Proof as Proof
    from engine.verbs.proving.models import Proofs as Proofs
    from engine.verbs.replay import Finder as Finder
    from engine.verbs.replay import Outcome as Outcome
    from engine.verbs.replay import Replaying as Replaying
    from engine.verbs.replay import beside as beside
    from engine.verbs.replay import replay as replay
    from engine.verbs.replaying.explained import explained as explained
    from engine.verbs.replaying.models import By as By
    from engine.verbs.replaying.models import Replay as Replay
    from engine.verbs.replaying.models import Row as Row
    from engine.verbs.replaying.models import Said as Said
    from engine.verbs.replaying.render import replay_record as replay_record
    from engine.verbs.samples import Sample as Sample
    from engine.verbs.samples import sample as sample
    from engine.verbs.samples import samples as samples
    from engine.verbs.schema import outcome_schema as outcome_schema
    from engine.verbs.schema import schema as schema
    from engine.verbs.solver import NoSolverError as NoSolverError
    from engine.verbs.tidy import tidy as tidy
    from engine.verbs.whynot import NotAskableError as NotAskableError
    from engine.verbs.whynot import whynot as whynot
    from engine.verbs.wishing.models import WhyNot as WhyNot
    from engine.verbs.wishing.wants import WrongWantError as WrongWantError

_HOMES = {
    "AgentExplanation": "verbs.explaining.models",
    "Audience": "verbs.explain",
    "AuditExplanation": "verbs.explaining.models",
    "By": "verbs.replaying.models",
    "Changes": "verbs.comparing.models",
    "Checked": "verbs.check",
    "CodesExplanation": "verbs.explaining.models",
    "Decision": "decision",
    "Fault": "decision",
    "Finder": "verbs.replay",
    "Finding": "diagnostics.base",
    "Follower": "verbs.follow",
    "GivenUpError": "backends.proof.stop",
    "JsonError": "language.plain_json",
    "Labelled": "verbs.calibrating.models",
    "LabelledTable": "verbs.calibrating.models",
    "Library": "library",
    "NoSolverError": "verbs.solver",
    "NotAskableError": "verbs.whynot",
    "NotCalibratableError": "verbs.calibrating.models",
    "Outcome": "verbs.replay",
    "PolicyError": "verbs.check",
    "Program": "program.nodes",
    "Replay": "verbs.replaying.models",
    "Replaying": "verbs.replay",
    "Row": "verbs.replaying.models",
    "Said": "verbs.replaying.models",
    "Sample": "verbs.samples",
    "Source": "source",
    "Subject": "backends.python.lifecycle",
    "LibraryError": "library",
    "UnknownDecisionError": "verbs.decide",
    "WhyNot": "verbs.wishing.models",
    "WrongWantError": "verbs.wishing.wants",
    "as_json": "verbs.comparing.render",
    "beside": "verbs.replay",
    "bump": "verbs.compare",
    "calibrate": "verbs.calibrate",
    "changes_markdown": "verbs.comparing.render",
    "changes_record": "verbs.comparing.render",
    "check": "verbs.check",
    "check_deep": "verbs.check_deep",
    "compare": "verbs.compare",
    "decide": "verbs.decide",
    "decider": "verbs.decide",
    "document": "verbs.document",
    "explain": "verbs.explain",
    "explained": "verbs.replaying.explained",
    "fact_at": "verbs.facts",
    "follow": "verbs.follow",
    "give_up": "backends.proof.stop",
    "load": "verbs.check",
    "mentioned": "verbs.facts",
    "named": "verbs.decide",
    "nearest": "language.nearest",
    "new": "verbs.new",
    "Proof": "verbs.proving.models",
    "Proofs": "verbs.proving.models",
    "UnknownGuaranteeError": "verbs.prove",
    "prove": "verbs.prove",
    "outcome_schema": "verbs.schema",
    "parse_instant": "language.values",
    "read_json": "language.plain_json",
    "record": "verbs.decide",
    "replay": "verbs.replay",
    "replay_record": "verbs.replaying.render",
    "render": "diagnostics.render",
    "sample": "verbs.samples",
    "samples": "verbs.samples",
    "schema": "verbs.schema",
    "take_up": "backends.proof.stop",
    "tidy": "verbs.tidy",
    "version_number": "library",
    "whynot": "verbs.whynot",
    "withheld": "verbs.facts",
    "write_instant": "language.values",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f"{__name__}.{home}"), name)
        globals()[name] = found  # asked for once
        return found
