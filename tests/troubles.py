"""The troubles people have at sign-in: each a story that a test plays, and a section of what Web Support reads.

    @Trouble(6, "No code arriving", heard=…, alone=…, say=…, support=…)
    def test_no_code_arriving(browser: Browser) -> Browser:
        '''Ada waits for a text that does not come.'''

The story returns the browser where it ends, and the trouble sees whether it ends as it should. `make troubles` compares
docs/troubles.md with the stories; `make troubles ARGS=--write` makes the part between its marks anew.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

from ssp.settings import ROOT
from tests.people import events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tests.people import Browser, Human

P = ParamSpec("P")

FOLDER = Path(__file__).parent / "functional" / "troubles"
PAGE = ROOT / "docs" / "troubles.md"
BEGIN, END = "<!-- troubles -->\n", "<!-- /troubles -->\n"


class Ending(Enum):
    """Who it takes until the person is signed in; the value says so to Web Support."""

    ALONE = "They get in alone."
    WITH_HELP = "They get in once you have helped."

    def look(self, browser: Browser) -> None:
        """See whether a story ended like this at a browser. Raises AssertionError if not."""
        assert browser.open("/").path == "/", f"nobody is signed in: {browser.words}"
        log = events(browser.app.extensions["ssp"])
        helped = any(each.actor.startswith("operator:") and each.kind != "user.added" for each in log)
        assert helped is (self is Ending.WITH_HELP), "who helped is not who should"


def call_web_support(browser: Browser, human: Human, finds: str, *command: str) -> None:
    """Call the number on the page that shows, which has to say that this helps, and read out the reference on it.

    Web Support finds by it who it is and what happened there, `finds` among it, then gives one command for this person.
    """
    assert "Web Support" in browser.words, f"the page does not say who helps: {browser.words}"
    assert browser.reference, f"the page has no reference: {browser.words}"
    told = run(browser, "events", "show", browser.reference)
    assert f"Who:    {human.username} (" in told, told
    assert finds in told, told
    run(browser, *command, human.username)


def run(browser: Browser, *command: str) -> str:
    """Give a command of the portal's, and return what it prints."""
    done = browser.app.test_cli_runner().invoke(args=list(command))
    assert done.exit_code == 0, done.output
    return done.stdout


@dataclass(frozen=True, slots=True)
class Trouble:
    """What one trouble is called, how Web Support knows it, and what helps.

    `heard` is how it shows: what people say, then what they read; `alone` what they do themselves; `say` what Web
    Support tells them; `support` what Web Support does where they cannot; empty where there is nothing. With `chromium`
    it is played in a real browser, too, by the test of the same name in tests/browser/test_troubles.py.
    """

    number: int
    title: str
    heard: str
    alone: str
    say: str
    support: str = ""
    ending: Ending = Ending.ALONE
    chromium: bool = False

    def __call__(self, story: Callable[P, Browser]) -> Callable[P, None]:
        """Make a test of a story: play it, and see where it ends."""

        @wraps(story)
        def told(*args: P.args, **kwargs: P.kwargs) -> None:
            self.ending.look(story(*args, **kwargs))

        vars(told)["trouble"] = self
        return told

    def section(self, tale: str) -> Iterator[str]:
        """Return the lines of the section that Web Support reads."""
        yield f"### {self.number}. {self.title}"
        yield ""
        yield f"*{' '.join(tale.split())}*"
        yield ""
        yield f"- **You hear:** {self.heard}"
        yield f"- **On their own:** {self.alone}"
        yield f"- **You say:** {self.say}"
        if self.support:
            yield f"- **You do:** {self.support}"
        yield f"- **How it ends:** {self.ending.value}"
        yield ""


@dataclass(frozen=True, slots=True)
class Story:
    """A trouble with the test that tells it, by the test's name and docstring."""

    trouble: Trouble
    name: str
    tale: str


def stories() -> list[Story]:
    """Return every story, by number."""
    names = sorted(path.stem for path in FOLDER.glob("test_*.py"))
    modules = [import_module(f"tests.functional.troubles.{name}") for name in names]
    found = [
        Story(value.trouble, name, value.__doc__ or "")
        for module in modules
        for name, value in vars(module).items()
        if isinstance(getattr(value, "trouble", None), Trouble)
    ]
    return sorted(found, key=lambda story: story.trouble.number)


def document(told: Iterable[Story]) -> str:
    """Return what Web Support reads, in Markdown: a table of all troubles, then a section for each."""
    told = list(told)
    rows = [f"| {_link(each.trouble)} | {_beginning(each.trouble.heard)} |" for each in told]
    sections = [line for each in told for line in each.trouble.section(each.tale)]
    return "\n".join(["| trouble | what you hear |", "|---|---|", *rows, "", *sections])


def _link(trouble: Trouble) -> str:
    title = f"{trouble.number}. {trouble.title}"
    return f"[{title}](#{re.sub('[^a-z0-9 -]', '', title.lower()).replace(' ', '-')})"


def _beginning(words: str) -> str:
    """Return the first sentence, which is what people say."""
    return re.split(r"(?<=[.?!][”]) ", words)[0]


def main(arguments: Sequence[str], page: Path = PAGE) -> int:
    """Compare the page with the stories, or write it; return the exit code."""
    parser = argparse.ArgumentParser(prog="make troubles", description=main.__doc__)
    parser.add_argument("--write", action="store_true", help="make the part of the page between its marks anew")
    shown = page.read_text("utf-8")
    before, after = shown.partition(BEGIN)[0], shown.partition(END)[2]
    made = f"{before}{BEGIN}{document(stories())}{END}{after}"
    if parser.parse_args(arguments).write:
        page.write_text(made, "utf-8")
    elif made != shown:
        lines = difflib.unified_diff(shown.splitlines(), made.splitlines(), str(page), "the stories", lineterm="")
        sys.stdout.writelines(f"{line}\n" for line in lines)
        return 1
    return 0
