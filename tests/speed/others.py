"""Other engines on the rules of `handoff_rules.bylaw`, written as each of them wants it.

An engine is a function that makes one: from a case to (action, reply, status, escalate).
"""

from collections.abc import Callable
from typing import Any

Case = dict[str, Any]
Answer = tuple[Any, ...]

_TIER_0 = [
    "chargeback_dispute",
    "legal_threat",
    "fraud_identity",
    "harassment_abuse",
    "data_deletion",
]


def flat(case: Case) -> Case:
    """The case as a row of facts, its lists looked through beforehand."""
    template, order = case.get("template") or {}, case.get("order") or {}
    state = case.get("ticket_state") or {}
    return {
        "tier_0": any(each["name"] in _TIER_0 for each in case["intents"]),
        "triggered": case["triggered"],
        "vip": case["vip"],
        "taken": bool(state.get("closed") or state.get("human_replied") or state.get("assignee")),
        "tier": template.get("tier", "none"),
        "template": template.get("id", "none"),
        "matched": bool(case.get("deterministic_match")),
        "confidence": float(max((each["confidence"] for each in case["intents"]), default=0.0)),
        "linked": bool(order.get("linked")),
        "clean": order.get("error_codes") == [],
        "within_sla": bool(order.get("within_sla")),
        "reopens": bool(case["reopens"]),
        "channel": case["channel"],
    }


def answer(rule: str, case: Case) -> Answer:
    """The outcome of the rule that an engine chose."""
    template = (case.get("template") or {}).get("id")
    return {
        "escalate": ("route", None, "open", True),
        "taken": ("route", None, "open", False),
        "auto_close": ("reply_and_close", template, "resolved", False),
        "verified": ("reply_and_route", template, "open", False),
        "intake": ("reply_and_route", template, "open", False),
        "acknowledge": ("acknowledge_and_route", "t_acknowledge", "open", False),
        "otherwise": ("route", None, "open", False),
    }[rule]


_VERIFIED = 'tier == "tier_2" and matched and confidence >= 0.85 and linked and clean'
_CLOSING = 'template == "t_order_eta_no_tracking_verified" and within_sla and reopens'
RULES = {
    "escalate": "tier_0 or triggered or vip",
    "taken": "taken",
    "auto_close": f"{_VERIFIED} and {_CLOSING}",
    "verified": _VERIFIED,
    "intake": 'tier == "tier_1" and confidence >= 0.70',
    "acknowledge": 'channel == "messenger"',
}


def rule_engine() -> Callable[[Case], Answer]:
    import rule_engine

    compiled = [(name, rule_engine.Rule(text)) for name, text in RULES.items()]

    def decide(case: Case) -> Answer:
        facts = flat(case)
        return answer(
            next((name for name, rule in compiled if rule.matches(facts)), "otherwise"), case
        )

    return decide


def common_expression_language() -> Callable[[Case], Answer]:
    import cel

    chain = '"otherwise"'
    for name, text in reversed(RULES.items()):
        condition = text.replace(" and ", " && ").replace(" or ", " || ")
        chain = f'({condition}) ? "{name}" : ({chain})'
    compiled = cel.compile(chain)
    return lambda case: answer(compiled.execute(flat(case)), case)


def zen_engine() -> Callable[[Case], Answer]:
    import json

    import zen

    chain = '"otherwise"'
    for name, text in reversed(RULES.items()):
        chain = f'({text}) ? "{name}" : ({chain})'
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {
            "id": "rules",
            "name": "rules",
            "type": "expressionNode",
            "content": {"expressions": [{"id": "rule", "key": "rule", "value": chain}]},
        },
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": "a", "sourceId": "in", "targetId": "rules", "type": "edge"},
        {"id": "b", "sourceId": "rules", "targetId": "out", "type": "edge"},
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    return lambda case: answer(decision.evaluate(flat(case))["result"]["rule"], case)


def cedarpy() -> Callable[[Case], Answer]:
    """Each rule is an action; the first that is permitted is taken."""
    import cedarpy

    policies = "\n".join(
        f'permit(principal, action == Action::"{name}", resource) when {{ {_cedar(text)} }};'
        for name, text in RULES.items()
    )

    def decide(case: Case) -> Answer:
        facts = flat(case)
        facts["confidence"] = round(facts["confidence"] * 10_000)  # Cedar has no fractions here
        request = {"principal": 'User::"a"', "resource": 'Ticket::"t"', "context": facts}
        asked = [{**request, "action": f'Action::"{name}"'} for name in RULES]
        allowed = cedarpy.is_authorized_batch(asked, policies, [])
        chosen = (name for name, each in zip(RULES, allowed, strict=True) if each.allowed)
        return answer(next(chosen, "otherwise"), case)

    return decide


def _cedar(text: str) -> str:
    words = {"and": "&&", "or": "||", "0.85": "8500", "0.70": "7000"}
    signs = {"==", ">=", "&&", "||"}
    found = [words.get(word, word) for word in text.split()]
    named = (
        word if word in signs or word.startswith('"') or word.isdigit() else f"context.{word}"
        for word in found
    )
    return " ".join(named)


ENGINES: dict[str, Callable[[], Callable[[Case], Answer]]] = {
    "zen-engine": zen_engine,
    "common-expression-language": common_expression_language,
    "rule-engine": rule_engine,
    "cedarpy": cedarpy,
}
