"""Where the provider calls back: how texts and calls go on, and which key was pressed in a call.

Its signature stands in for everything that pages have: no cookie is read or set here, and no form's token is asked for.
"""

import logging
from dataclasses import replace

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from ssp.flows import deliveries
from ssp.flows.deliveries import Line, Speech
from ssp.flows.portal import Visit
from ssp.infra.telephony import callbacks, wording
from ssp.infra.telephony.dictionary import id_of
from ssp.web import errors
from ssp.web.portal import portal, request_id, visit

log = logging.getLogger("ssp.provider")
blueprint = Blueprint("provider", __name__)

_WHY = {Line.USED: wording.USED, Line.EXPIRED: wording.EXPIRED, Line.OVER: wording.OVER}


@blueprint.before_request
def refuse_strangers() -> Response | None:
    """Stop what the provider did not sign for this very address; also all there is, where nothing is called back."""
    path = request.full_path if request.query_string else request.path
    signature = next(filter(None, map(request.headers.get, callbacks.SIGNATURE_HEADERS)), "")
    said = request.headers.get(callbacks.SETTINGS_HEADER, "")
    if portal().callbacks.genuine(path, request.form, signature, said):
        return None
    # Without anything of the sender's, who can send as much of it as they like.
    log.warning("a callback without the provider's signature", extra={"request_id": request_id()})
    deliveries.refuse(portal(), visit())
    return _nothing(403)


@blueprint.post(callbacks.TEXT_PATH.format("<delivery_id>"))
def text(delivery_id: str) -> Response:
    """Take how a text goes on."""
    news = callbacks.news_of_text(request.form)
    if news:
        deliveries.hear(portal(), _visit(), "text", delivery_id, news)
    return _nothing(204)


@blueprint.post(callbacks.CALL_PATH.format("<delivery_id>"))
def call(delivery_id: str) -> Response:
    """Take how a call goes on."""
    news = callbacks.news_of_call(request.form)
    if news:
        deliveries.hear(portal(), _visit(), "voice", delivery_id, news)
    return _nothing(204)


@blueprint.post(callbacks.KEY_PATH.format("<delivery_id>"))
def key(delivery_id: str) -> Response:
    """Take a key that was pressed, and answer with what the call says next."""
    key_url = portal().callbacks.key(delivery_id)
    call_id = id_of(request.form.get("CallSid"))
    if key_url is None or call_id is None:
        return _say(wording.call_over(wording.OVER))
    try:
        speech = deliveries.speak(portal(), delivery_id, call_id, request.form.get("Digits", ""))
    except SQLAlchemyError as error:
        # An error page would be read out as "an application error has occurred", and the call would end.
        errors.note(error)
        return _say(wording.call_trouble(key_url))
    return _say(_twiml(speech, key_url))


def _twiml(speech: Speech, key_url: str) -> str:
    if speech.line is Line.CODE:
        return wording.call_code(speech.code, key_url)
    return wording.call_asking(key_url) if speech.line is Line.ASK else wording.call_over(_WHY[speech.line])


def _visit() -> Visit:
    """Return who calls back, for the log."""
    return replace(visit(), actor="provider")


def _nothing(status: int) -> Response:
    response = Response(status=status)
    del response.content_type
    return response


def _say(twiml: str) -> Response:
    return Response(twiml, mimetype="text/xml")
