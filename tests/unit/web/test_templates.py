"""What holds for every template."""

import re

from ssp.settings import ROOT


def test_each_form_says_where_it_goes() -> None:
    # Without it a place on the page, such as #main after "Skip to the content", goes along to the next page, which then
    # does not put the focus where it belongs.
    pages = {path.name: path.read_text("utf-8") for path in (ROOT / "templates").rglob("*.html")}
    forms = [(name, form) for name, page in pages.items() for form in re.findall(r"<form\b[^>]*>", page)]
    assert len(forms) > 20
    assert [each for each in forms if " action=" not in each[1]] == []
