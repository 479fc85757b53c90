"""A person's own security pages: where they are signed in, trusted devices, password, MFA options, mail address."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ssp.flows import account, email_change, further, recovery_codes, sessions
from ssp.infra import agents
from ssp.web import words
from ssp.web.account import codes, confirm, email, options, password, recent
from ssp.web.cookies import devices as device_cookies
from ssp.web.forms import field, safe_path
from ssp.web.journey import go
from ssp.web.portal import portal, visit
from ssp.web.sessions import browser
from ssp.web.signed_in import SignedIn, only_signed_in, stay, to_sign_in

blueprint = Blueprint("account", __name__, url_prefix="/account")
for part in (codes, confirm, email, options, password, recent):
    part.register(blueprint)


@blueprint.get("/")
@only_signed_in
def index(person: SignedIn) -> ResponseReturnValue:
    """Show all that an account holds."""
    site = portal()
    return person.page(
        "account/index.html",
        overview=account.overview(site, person.session, device_cookies(site.settings, request)),
        agent=agents.describe,
        proved=words.proved,
        most=sessions.MOST,
        activity=recent.newest(person.session),
        address=email_change.look(site, person.session),
        offer=further.offer(site, person.session),
        room=words.room,
        codes=recovery_codes.standing(site, person.session.user_id),
        done=words.DONE.get(request.args.get("done", "")),
    )


def _done(happened: bool, what: str) -> ResponseReturnValue:  # noqa: FBT001 - read as "done if it happened"
    return go("account.index", **({"done": what} if happened else {}))


@blueprint.post("/sessions/<session_id>/end")
@only_signed_in
def end_session(person: SignedIn, session_id: str) -> ResponseReturnValue:
    """End one of the person's other sessions."""
    return _done(account.end_session(portal(), visit(), person.session, session_id), "session")


@blueprint.post("/sessions/end-others")
@only_signed_in
def end_others(person: SignedIn) -> ResponseReturnValue:
    """Sign the person out everywhere else."""
    cookies = device_cookies(portal().settings, request)
    ended = account.end_other_sessions(portal(), visit(), person.session, cookies)
    return go("account.index", done=ended.value) if ended else go("account.index")


@blueprint.post("/devices/<device_id>/revoke")
@only_signed_in
def revoke_device(person: SignedIn, device_id: str) -> ResponseReturnValue:
    """End the trust in one of the person's devices."""
    return _done(account.revoke_device(portal(), visit(), person.session, device_id), "device")


@blueprint.post("/devices/revoke-all")
@only_signed_in
def revoke_devices(person: SignedIn) -> ResponseReturnValue:
    """End the trust in all of the person's devices."""
    return _done(account.revoke_devices(portal(), visit(), person.session), "devices")


@blueprint.get("/stay")
def session_left() -> ResponseReturnValue:
    """Return what pages say of the session's end. Asking is no use, so it keeps nobody signed in."""
    path = safe_path(request.args.get("here", "/"))
    person = browser().person
    if person is None:
        return to_sign_in(path)
    return render_template("account/stay.html", **stay(sessions.limits(portal(), person.session), path))


@blueprint.post("/stay", endpoint="stay")
@only_signed_in
def stay_signed_in(_person: SignedIn) -> ResponseReturnValue:
    """Keep the session alive, and go back to the page that asked."""
    return redirect(safe_path(field("next")), 303)


@blueprint.post("/set-up", endpoint="set_up")
@only_signed_in
def set_up_first(person: SignedIn) -> ResponseReturnValue:
    """Lead somebody who has no MFA option yet to one: by the sign-in, where the password is asked for first."""
    sessions.sign_out(portal(), visit(), person.session, reason="to_set_up")
    return to_sign_in(url_for("account.index"))


@blueprint.post("/recover")
@only_signed_in
def recover(person: SignedIn) -> ResponseReturnValue:
    """Lead somebody who gets no codes any more to a recovery code: by the sign-in, on a device that is not trusted."""
    site = portal()
    account.distrust_here(site, visit(), person.session, device_cookies(site.settings, request))
    sessions.sign_out(site, visit(), person.session, reason="to_recover")
    return to_sign_in(url_for("account.index"))
