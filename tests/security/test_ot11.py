"""OT11: spaces and hyphens are taken out of a code; what is then not so many ASCII digits is no code."""

import pytest

from tests.people import ADA, Browser, full_width, password
from tests.security.tools import SpellCode

SPELLINGS: dict[str, SpellCode] = {
    "wide": full_width,
    "underscore": lambda code: f"{code[:2]}_{code[2:]}",
    "plus": lambda code: f"+{code}",
    "decimal": lambda code: f"{code}.0",
    "a zero before": lambda code: f"0{code}",
    "a zero after": lambda code: f"{code}0",
    "list": lambda code: f'["{code}"]',
    "object": lambda code: f'{{"code": "{code}"}}',
    "line end": lambda code: f"{code}\n",
    "another hyphen": lambda code: f"{code[:3]}\u2011{code[3:]}",
    "another space": lambda code: f"{code[:3]}\u00a0{code[3:]}",
    "hexadecimal": lambda code: f"0x{int(code):x}",
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_odd_spellings_of_the_right_code_are_refused(browser: Browser, name: str) -> None:
    password(browser, ADA).fill(type="text").fill(phone=ADA.mobile)
    fields = {"csrf_token": browser.csrf(), "code": SPELLINGS[name](browser.phone.text_code())}
    browser.page = browser.post("/set-up/text", fields)
    assert browser.page.status_int == 422
    assert browser.problem.startswith("That is not a whole code.")


@pytest.mark.parametrize("spell", [lambda code: f" {code[:3]} {code[3:]} ", "-".join], ids=["spaces", "hyphens"])
def test_spaces_and_hyphens_do_not_matter(browser: Browser, spell: SpellCode) -> None:
    password(browser, ADA).fill(type="text").fill(phone=ADA.mobile)
    assert browser.fill(code=spell(browser.phone.text_code())).path == "/set-up/done"


def test_two_codes_in_one_form_are_none(browser: Browser) -> None:
    password(browser, ADA).fill(type="text").fill(phone=ADA.mobile)
    code = browser.phone.text_code()
    body = f"csrf_token={browser.csrf()}&code={code}&code={code}"
    assert browser.web.post("/set-up/text", body, expect_errors=True).status_int == 400
