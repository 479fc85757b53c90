"""The stories themselves: all are there, each ends as it says, and what Web Support reads is true."""

import re
from pathlib import Path

import click
import pytest
from flask import Flask

from ssp.settings import ROOT
from tests import troubles
from tests.browser import test_troubles as in_chromium
from tests.people import ADA, BEN, Browser, password, set_up_text
from tests.troubles import Ending, Trouble, call_web_support, stories

TOLD = stories()
OWN = Trouble(41, "Cat on the keyboard", heard="“The cat did it.”", alone="They lift it.", say="Lift the cat.")


def test_each_of_the_forty_is_told_once() -> None:
    assert [story.trouble.number for story in TOLD] == list(range(1, 41))
    assert len({story.trouble.title for story in TOLD}) == len(TOLD)


def test_each_reads_as_what_people_say_what_they_do_and_what_to_tell_them() -> None:
    for story in TOLD:
        assert re.match("[“T]", story.trouble.heard), story.name
        assert "”" in story.trouble.heard, story.name
        for words in (story.tale, story.trouble.alone, story.trouble.say, story.trouble.heard):
            assert re.search(r"[.?!”]$", words.strip()), (story.name, words)
        assert not re.search(r"\b(log ?in|login|authenticate|factor|token|session id)\b", story.trouble.say), story.name


def test_those_that_are_played_in_chromium_have_a_test_of_the_same_name_there() -> None:
    marked = {story.name for story in TOLD if story.trouble.chromium}
    assert marked == {name for name in vars(in_chromium) if name.startswith("test_")}
    assert len(marked) >= 15


def test_buttons_and_links_are_named_as_the_pages_do() -> None:
    files = (path for path in (ROOT / "templates").rglob("*.html"))
    pages = " ".join(" ".join(path.read_text("utf-8").split()) for path in files)
    pages += " ".join((ROOT / "static" / name).read_text("utf-8") for name in ("enhance.js", "forms.js"))
    bold = [
        words for story in TOLD for words in re.findall(r"\*\*(.+?)\*\*", story.trouble.alone + story.trouble.heard)
    ]
    assert len(bold) > 30
    assert [words for words in bold if words not in pages] == []


def test_commands_are_the_portals_own(app: Flask) -> None:
    given = [words for story in TOLD for words in re.findall(r"`flask (.+?)`", story.trouble.support)]
    assert len(given) > 20
    for words in given:
        group_name, command_name, *rest = words.split()
        group = app.cli.commands[group_name]
        assert isinstance(group, click.Group)
        options = {option for each in group.commands[command_name].params for option in each.opts}
        assert {word for word in rest if word.startswith("--")} <= options, words


def test_a_story_that_ends_outside_fails(browser: Browser) -> None:
    def story(browser: Browser) -> Browser:
        return password(browser, ADA)

    with pytest.raises(AssertionError, match="nobody is signed in"):
        OWN(story)(browser)


def test_a_story_that_is_said_to_take_no_help_fails_with_it(browser: Browser, other_browser: Browser) -> None:
    def story(browser: Browser) -> Browser:
        call_web_support(password(other_browser, ADA).open("/help/support"), ADA, "", "user", "unlock")
        return set_up_text(browser, ADA)

    with pytest.raises(AssertionError, match="who helped is not who should"):
        OWN(story)(browser)
    Ending.WITH_HELP.look(browser)


def test_web_support_can_be_called_where_the_page_says_so_and_finds_the_trouble(browser: Browser) -> None:
    with pytest.raises(AssertionError, match="does not say who helps"):
        call_web_support(browser.open("/sign-in"), ADA, "", "user", "unlock")
    with pytest.raises(AssertionError, match="has no reference"):
        call_web_support(browser.open("/help/support"), ADA, "", "user", "unlock")
    password(browser, ADA).open("/help/support")
    for human, finds, command in ((BEN, "", "unlock"), (ADA, "a phone that melted", "unlock"), (ADA, "", "melt")):
        with pytest.raises(AssertionError, match=r"Who:    ada \(|No such command 'melt'"):
            call_web_support(browser, human, finds, "user", command)
    call_web_support(browser, ADA, "A username and a password were typed.", "user", "unlock")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Give a page with a beginning, an old part, and an end."""
    page = tmp_path / "troubles.md"
    page.write_text(f"Before.\n\n{troubles.BEGIN}Old.\n{troubles.END}\nAfter.\n")
    return page


def test_the_page_is_compared_and_written(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert troubles.main([], page) == 1
    assert "-Old." in capsys.readouterr().out.splitlines()
    assert troubles.main(["--write"], page) == 0
    assert troubles.main([], page) == 0
    assert capsys.readouterr().out == ""
    made = page.read_text()
    assert made.startswith(f"Before.\n\n{troubles.BEGIN}| trouble | what you hear |\n")
    assert made.endswith(f"{troubles.END}\nAfter.\n")
    assert "\n### 6. No code arriving\n\n*Ada's first text is lost" in made


def test_each_row_of_the_table_leads_to_its_section() -> None:
    made = troubles.document(TOLD)
    headings = re.findall(r"^### (.*)$", made, re.MULTILINE)
    anchors = [re.sub("[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings]
    assert re.findall(r"\]\(#(.*?)\)", made) == anchors


def test_what_web_support_reads_is_what_the_stories_tell() -> None:
    assert troubles.main([]) == 0, "`make troubles ARGS=--write` makes it anew"
