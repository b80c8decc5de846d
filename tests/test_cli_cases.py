"""Cases come from files as JSON, JSON lines or CSV; what is wrong is told with its place."""

import io
from typing import Any

import pytest

from engine.cli.cases import read_case, read_cases
from engine.cli.screen import Wrong
from engine.language import types
from engine.program.nodes import Parameter

INTENT = types.Record(
    "Intent",
    (types.Field("name", "name", types.Text()), types.Field("sure", "sure", types.Number())),
)
TICKET = types.Record(
    "Ticket",
    (
        types.Field("message", "message", types.Text()),
        types.Field("vip", "vip", types.Bool()),
        types.Field("age", "age", types.Number(integer=True)),
        types.Field("intents", "intents", types.ListOf(INTENT, 3)),
        types.Field("tags", "tags", types.ListOf(types.Text(), 3)),
    ),
)
ONE = (Parameter("ticket", TICKET),)
TWO = (Parameter("ticket", TICKET), Parameter("intent", INTENT))


def rows(text: str, parameters: tuple[Parameter, ...] = ONE) -> list[Any]:
    return [read.case for read in read_cases(io.StringIO(text), "cases.csv", parameters)]


def test_a_column_is_the_path_of_a_fact_and_has_its_type() -> None:
    text = (
        "message,vip,age,intents.0.name,intents.0.sure,intents.1.name,tags\n"
        'Hello,yes,17,refund,0.9,,"[""a"", ""b""]"\n'
        "17,false,,,,,\n"
    )
    assert rows(text) == [
        {
            "message": "Hello",
            "vip": True,
            "age": 17,
            "intents": [{"name": "refund", "sure": 0.9}],
            "tags": ["a", "b"],
        },
        {"message": "17", "vip": False},
    ]


def test_of_several_parameters_the_path_begins_with_its_name() -> None:
    assert rows("ticket.vip,intent.sure\nno,1\n", TWO) == [
        {"ticket": {"vip": False}, "intent": {"sure": 1}}
    ]


def test_what_is_not_of_the_type_or_not_declared_stays_text() -> None:
    assert rows("vip,age,colour\nperhaps,NaN,blue\n") == [
        {"vip": "perhaps", "age": "NaN", "colour": "blue"}
    ]


def test_spaces_around_the_name_of_a_column_mean_nothing() -> None:
    assert rows(" vip , age\nno,1\n") == [{"vip": False, "age": 1}]


def test_the_last_element_of_a_list_has_a_column() -> None:
    assert rows("tags.2\na\n") == [{"tags": [None, None, "a"]}]


def test_json_lines_are_cases_and_blank_lines_are_none() -> None:
    read = list(read_cases(io.StringIO('{"a": 1}\n\n{"a": 2}\n'), "cases.jsonl", ONE))
    assert [each.case for each in read] == [{"a": 1}, {"a": 2}]
    assert [each.size for each in read] == [9, 9]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a" 1}', "line 1, column 6: expecting ':' delimiter"),
        ('{\n  "a": 1\n  "b": 2\n}', "line 3, column 3: expecting ',' delimiter"),
        ("", "line 1, column 1: expecting value"),
        ('{"a": NaN}', "is not JSON: `NaN` is no number of JSON"),
        ("[1]", "holds no case"),
        ('{"a": ' * 100_000, "is not JSON: it is nested too deep"),
    ],
    ids=["colon", "comma", "empty", "nan", "list", "deep"],
)
def test_a_case_that_is_no_json_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(Wrong) as wrong:
        read_case(io.StringIO(text), "case.json")
    assert wrong.value.message.startswith("`case.json` ")
    assert message in wrong.value.message


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "cases.jsonl",
            '{"a": 1}\n\n{"a" 2}\n',
            "line 3, column 6: expecting ':' delimiter",
        ),
        ("cases.csv", "message,vip\nHello,yes,3\n", "more cells than columns in line 2"),
        ("cases.csv", 'message\n"Hello\n', "is not CSV: line 2: unexpected end of data"),
        ("cases.csv", "", "is empty"),
        ("cases.csv", "age,vip, age \n1,yes,2\n", "the column `age` is named twice"),
        ("cases.csv", "tags.3\na\n", "element 3 of a list of text up to 3"),
        ("cases.csv", "intents.99999999.name\na\n", "element 99999999 of a list of Intent up to 3"),
        ("cases.csv", "message;vip\nHello;yes\n", "no commas between its columns"),
        ("CASES.CSV", "message\tvip\nHello\tyes\n", "no commas between its columns"),
    ],
    ids=[
        "json line",
        "long row",
        "open quote",
        "empty",
        "twice",
        "past",
        "far",
        "semicolons",
        "tabs",
    ],
)
def test_a_file_of_cases_that_is_wrong_is_told_with_its_line(
    name: str, text: str, message: str
) -> None:
    with pytest.raises(Wrong) as wrong:
        list(read_cases(io.StringIO(text), name, ONE))
    assert message in wrong.value.message
