"""References and paths lead to policies; what is not there is said plainly."""

from pathlib import Path

import pytest

from engine.library import Library, LibraryError, read, write


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.chdir(tmp_path)
    for reference in ("handoff/1.0.0", "handoff/1.9.0", "handoff/1.10.0", "refunds/0.1.0"):
        write(Path("policies") / f"{reference}.bylaw", f"# {reference}\n")
    write(Path("policies/handoff/1.0.0.changes.md"), "")
    write(Path("policies/handoff/draft.bylaw"), "# a draft\n")
    return Library(Path("policies"))


def test_versions_stand_in_the_order_of_their_numbers(library: Library) -> None:
    assert library.names() == ["handoff", "refunds"]
    assert library.versions("handoff") == ["1.0.0", "1.9.0", "1.10.0"]
    assert library.references()[-1] == "refunds@0.1.0"


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("handoff", "# handoff/1.10.0\n"),
        ("handoff@1.9.0", "# handoff/1.9.0\n"),
        ("policies/handoff/draft.bylaw", "# a draft\n"),
    ],
)
def test_a_reference_or_a_path_means_one_file(library: Library, reference: str, text: str) -> None:
    assert library.source(reference).text == text


def test_a_source_is_called_by_the_path_to_open(library: Library) -> None:
    assert library.source("refunds").name == str(Path("policies/refunds/0.1.0.bylaw"))


def test_a_folder_means_all_policies_in_it(library: Library) -> None:
    found = [path.name for path in library.paths("policies/handoff")]
    assert found == ["draft.bylaw", "1.0.0.bylaw", "1.9.0.bylaw", "1.10.0.bylaw"]
    assert [path.name for path in library.paths("handoff")] == ["1.10.0.bylaw"]


@pytest.mark.parametrize(
    ("reference", "message", "cure"),
    [
        ("handof", "there is no policy `handof`", "did you mean `handoff`?"),
        ("xyz", "there is no policy `xyz`", "there is `handoff`, `refunds`"),
        (
            "handoff@2.0.0",
            "there is no version `2.0.0` of `handoff`",
            "there is `1.0.0`, `1.9.0`, `1.10.0`",
        ),
        ("handoff.bylaw", "there is no file `handoff.bylaw`", None),
        ("policies/handoff", "`policies/handoff` is a folder", "name one policy in it"),
        ("", "there is no policy ``", "there is `handoff`, `refunds`"),
        ("@1.0.0", "there is no policy ``", "there is `handoff`, `refunds`"),
        ("..", "`..` is a folder", "name one policy in it"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(
    library: Library, reference: str, message: str, cure: str | None
) -> None:
    with pytest.raises(LibraryError) as missing:
        library.source(reference)
    assert (missing.value.message, missing.value.help) == (message, cure)


def test_an_empty_library_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(LibraryError) as missing:
        Library(tmp_path / "none").source("handoff")
    assert str(tmp_path / "none") in (missing.value.help or "")


def test_live_and_released_are_read(library: Library) -> None:
    assert library.live() is None
    assert library.released() == {}
    write(library.folder / "live.toml", 'handoff = "1.9.0"\n')
    write(library.folder / "released.toml", '"handoff@1.0.0" = "sha256:0"\n')
    assert library.live() == {"handoff": "1.9.0"}
    assert library.released() == {"handoff@1.0.0": "sha256:0"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("handoff = 1\n", "`policies/live.toml` says something of `handoff` that is no text"),
        ("handoff =\n", "`policies/live.toml` is not TOML: invalid value (at line 1, column 10)"),
    ],
)
def test_a_table_that_is_wrong_is_told_with_its_place(
    library: Library, text: str, message: str
) -> None:
    write(library.folder / "live.toml", text)
    with pytest.raises(LibraryError) as wrong:
        library.live()
    assert wrong.value.message == message


def test_a_file_knows_its_place_in_the_library(library: Library) -> None:
    assert library.place(Path("policies/handoff/1.0.0.bylaw")) == ("handoff", "1.0.0")
    assert library.place(Path("elsewhere/handoff/1.0.0.bylaw")) is None


def test_line_ends_and_a_byte_order_mark_do_not_reach_the_source(tmp_path: Path) -> None:
    path = tmp_path / "windows.bylaw"
    path.write_bytes(b"\xef\xbb\xbfbylaw 1\r\n\r\npolicy a 1.0.0\r\n")
    assert read(path).text == "bylaw 1\n\npolicy a 1.0.0\n"


def test_what_is_no_text_is_told_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.bylaw"
    path.write_bytes(b"bylaw 1\n\npolicy gr\xf6sse 1.0.0\n")
    with pytest.raises(LibraryError, match="is not UTF-8 text: see line 3"):
        read(path)
