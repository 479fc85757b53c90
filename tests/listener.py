"""A phone that is called: it walks TwiML as the provider does, hears what is said, and presses keys.

    with replaced(app, carrier=carrier):
        ...  # somebody asks for a call
        listener = Listener(app, carrier.sent[-1]).pick_up("1")
        browser.fill(code=listener.code)

A key is pressed, and a status told, by a form that is signed and sent to the very address the portal gave.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from webtest import TestApp
from werkzeug.datastructures import MultiDict

from ssp.infra.telephony.carrier import VoiceCall
from tests.provider import ACCOUNT, NUMBER, TOKEN, signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask
    from webtest import TestResponse

    from ssp.infra.telephony.carrier import Message

SILENCE = None


def call_back(
    app: Flask, url: str | None, form: Mapping[str, str], headers: Mapping[str, str] | None = None, token: str = TOKEN
) -> TestResponse:
    """Send a signed form to an address of the portal's, as the provider does; `headers` may say something else."""
    assert url
    parts = urlsplit(url)
    environ = {"HTTP_HOST": parts.netloc, "wsgi.url_scheme": parts.scheme, "REMOTE_ADDR": "203.0.113.5"}
    web = TestApp(app, extra_environ={**environ, "HTTP_USER_AGENT": "TwilioProxy/1.1"})
    signed = {"X-Twilio-Signature": signature(url, form, token), **(headers or {})}
    # A plain list, since WebTest sees only the first value of a field that comes twice.
    fields = list(MultiDict(form).items(multi=True))
    return web.post(url.removeprefix(f"{parts.scheme}://{parts.netloc}"), fields, headers=signed, expect_errors=True)


@dataclass
class Listener:
    """Whoever, or whatever, picks up a call. `heard` is all that was said, `over` whether the call has ended."""

    app: Flask
    call: Message
    call_id: str = "CA1"
    heard: list[str] = field(default_factory=list)
    over: bool = False

    def pick_up(self, *keys: str | None) -> Listener:
        """Listen from the beginning to the end, and press one of these keys whenever the call listens for one."""
        assert isinstance(self.call, VoiceCall)
        assert len(self.call.twiml) <= 4000
        left = list(keys)
        document: str | None = self.call.twiml
        while document is not None:
            document = self._follow(document, left)
        assert left == [], f"the call ended before these were pressed: {left}"
        self.over = True
        return self

    def press(self, key: str, url: str) -> str:
        """Press a key, and return the TwiML with which the call goes on."""
        answer = call_back(self.app, url, self.form("in-progress", Digits=key, msg="Gather End"))
        assert answer.status_int == 200, answer.text
        assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
        return str(answer.text)

    def tell(self, status: str, **more: str) -> TestResponse:
        """Tell the portal how the call goes on."""
        assert isinstance(self.call, VoiceCall)
        return call_back(self.app, self.call.status_url, self.form(status, **more))

    def form(self, status: str, **more: str) -> dict[str, str]:
        """Return what the provider says about the call."""
        who = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "From": NUMBER, "To": self.call.to}
        return {"CallSid": self.call_id, "CallStatus": status, "Direction": "outbound-api", **who, **more}

    @property
    def codes(self) -> list[str]:
        """Return each code that was spelled, in order."""
        return [re.sub("[^0-9]", "", words) for words in self.heard if re.fullmatch(r"[0-9](?:, [0-9])+\.", words)]

    @property
    def code(self) -> str:
        """Return the one code that was spelled, however often."""
        (code,) = set(self.codes)
        return code

    @property
    def key_url(self) -> str:
        """Return where the call asks what to say after a key."""
        (listening,) = ET.fromstring(self.call.body).iter("Gather")  # noqa: S314 - our own document
        return listening.attrib["action"]

    def _follow(self, document: str, keys: list[str | None]) -> str | None:
        """Go through a document; return the one that a pressed key leads to, None at the end of the call."""
        root = ET.fromstring(document)  # noqa: S314 - our own document
        *verbs, end = root
        assert (root.tag, end.tag) == ("Response", "Hangup")
        for verb in verbs:
            self._hear(verb)
            answer = self._listen(verb, keys) if verb.tag == "Gather" else None
            if answer is not None:
                return answer
        return None

    def _hear(self, verb: ET.Element) -> None:
        """Hear what a verb says, or what those inside it say."""
        if verb.tag == "Gather":
            for part in verb:
                self._hear(part)
            return
        assert verb.tag in {"Say", "Pause"}, verb.tag
        words = " ".join(" ".join(verb.itertext()).split())
        self.heard += [words] if words else []

    def _listen(self, gather: ET.Element, keys: list[str | None]) -> str | None:
        """Press the next key; return what it leads to, None for silence."""
        key = keys.pop(0) if keys else SILENCE
        # A finishing key is none of the digits; without digits nobody is asked, and the document goes on.
        if key is SILENCE or key in gather.get("finishOnKey", "#"):
            return None
        assert (gather.attrib["input"], gather.attrib["numDigits"], gather.attrib["method"]) == ("dtmf", "1", "POST")
        return self.press(key, gather.attrib["action"])
