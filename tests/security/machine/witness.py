"""What is looked at after every request, whatever it was: the answer, what the page tells, the log, the tables."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.security.machine.ledger import Attempt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webtest import TestResponse

    from tests.security.machine.ledger import Ledger, Visit
    from tests.security.machine.persons import Person
    from tests.security.machine.verdicts import Outcome
    from tests.security.machine.world import World

KNOWN = {200, 204, 303, 403, 404, 410, 422, 429}
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# What the ledger does not foretell: sends that were refused, pauses, and what came too late.
BESIDE = {
    "sign_in.over:refused",
    "sign_in.code_sent:refused",
    "authenticator.paused:refused",
    "recovery_codes.paused:refused",
    "delivery.paused:refused",
    "notice.held:refused",
}
SESSIONS_KEPT = timedelta(days=1)
DEVICES_KEPT = timedelta(days=60)


def headers(answer: TestResponse) -> None:
    """See that an answer is one that people can read, and carries what keeps it safe."""
    assert answer.status_int in KNOWN, answer.status
    for name, value in HEADERS.items():
        assert answer.headers.get(name) == value, (name, answer.headers.get(name))
    assert answer.headers.get("Referrer-Policy") in {"same-origin", "no-referrer"}
    policy = answer.headers.get("Content-Security-Policy", "")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def nobody_else(text: str, ledger: Ledger, reader: Attempt | Visit | None, typed: str, about: Person | None) -> None:
    """See that a page tells nothing of anybody but its reader and whom a link is about, and what was typed."""
    shared: set[str] = set()
    if reader is not None:
        drafts = reader.drafts.values() if isinstance(reader, Attempt) else ()
        shared |= {way.line[0] for way in (*reader.person.ways, *drafts)}
    for person in ledger.people:
        if person is not about and (reader is None or person is not reader.person):
            human = person.human
            told = [person.name, human.email, *(way.id for way in person.ways)]
            told += [each.id for each in ledger.sessions if each.person is person]
            told += [name for name, each in ledger.devices.items() if each.person is person]
            told += [way.app.secret for way in person.ways if way.app]
            told += person.papers
            phones = {phone for phone in (human.mobile, human.office) if phone not in typed}
            for phone in phones - shared:  # in full, and masked
                told += [phone, f"{phone[-7:-4]}-{phone[-4:]}", f"•{phone[-2:]}"]
            known = [each for each in told if each and each in text and each not in typed]
            assert not known, f"a page told of somebody else: {known}"


def newest(world: World) -> tuple[int, int]:
    """Return the numbers of the newest event and the newest mail."""
    ((event,),) = world.rows("SELECT coalesce(max(id), 0) FROM event")
    ((mail,),) = world.rows("SELECT coalesce(max(rowid), 0) FROM outgoing_mail")
    return int(event), int(mail)


def events(world: World, noted: int, outcome: Outcome) -> int:
    """See that a request left exactly the events that tell of it; return the newest one's number."""
    rows = world.rows("SELECT id, kind, outcome FROM event WHERE id > ?", noted)
    told = sorted(f"{kind}:{result}" for _, kind, result in rows)
    expected = sorted(f"{kind}:{result}" for kind, result in outcome.events)
    assert [each for each in told if each not in BESIDE] == expected, (told, expected)
    return max((number for number, _, _ in rows), default=noted)


def tables(world: World, ledger: Ledger) -> None:
    """See that the database holds what the ledger says, and nothing besides."""
    _people(world, ledger)
    _papers(world, ledger)
    _sessions(world, ledger)
    _devices(world, ledger)
    _browsers(world, ledger)
    _counters(world, ledger)


def _people(world: World, ledger: Ledger) -> None:
    kept = {
        number: rest
        for number, *rest in world.rows(
            'SELECT id, security_epoch, disabled_at IS NOT NULL, password_compromised_at IS NOT NULL, email FROM "user"'
        )
    }
    for person in ledger.people:
        assert kept[person.number] == [
            person.generation,
            int(person.disabled),
            int(person.compromised),
            person.email,
        ], person
        ids = _ids(world, person)
        assert ids == {way.id for way in person.ways}, "somebody has other ways to get codes than they set up"


def _papers(world: World, ledger: Ledger) -> None:
    rows = world.rows("SELECT user_id, selector, used_at IS NOT NULL FROM recovery_code")
    expected = {(each.number, code[:2], used) for each in ledger.people for code, used in each.papers.items()}
    assert {(number, selector, bool(used)) for number, selector, used in rows} == expected, "other codes are left"


def learn_ids(world: World, people: Iterable[Person]) -> None:
    """Take down under which id the newest way is kept."""
    for person in people:
        for way in person.ways:
            if not way.id:
                (way.id,) = _ids(world, person) - {each.id for each in person.ways}


def _ids(world: World, person: Person) -> set[str]:
    rows = world.rows("SELECT id FROM authenticator WHERE user_id = ? AND confirmed_at IS NOT NULL", person.number)
    return {way_id for (way_id,) in rows}


def _sessions(world: World, ledger: Ledger) -> None:
    missing = {visit.id: visit for visit in ledger.sessions}
    cookies = {visit.id: cookie for cookie, visit in ledger.visits.items()}
    query = "SELECT id, token_hash, user_id, second_factor_at IS NOT NULL, amr, ended_at IS NOT NULL FROM session"
    for session, digest, number, proved, amr, ended in world.rows(query):
        visit = missing.pop(session)  # a session that nobody earned is not there
        assert number == visit.person.number
        claimed = f"pwd {visit.proved_by} mfa" if visit.proved_at else "pwd"
        assert (bool(proved), amr) == (visit.proved_at is not None, claimed), "a session claims what it is not"
        assert bool(ended) == visit.over, (ended, visit)
        token = cookies[session].partition(".")[2] if session in cookies else ""
        assert visit.over or digest == hashlib.sha256(token.encode()).hexdigest(), "another token opens a session"
    for visit in missing.values():
        assert visit.over or visit.until < world.now - SESSIONS_KEPT, "a session is gone"


def _devices(world: World, ledger: Ledger) -> None:
    rows = world.rows("SELECT id, user_id, revoked_at IS NOT NULL FROM trusted_device")
    for device_id, number, revoked in rows:
        device = ledger.devices[device_id]  # a device that nobody trusted is not there
        assert (number, bool(revoked)) == (device.person.number, device.over), device
    for device_id in ledger.devices.keys() - {row[0] for row in rows}:
        device = ledger.devices[device_id]
        assert device.over or device.until < world.now - DEVICES_KEPT, "a device is gone"


def _browsers(world: World, ledger: Ledger) -> None:
    kept = dict(world.rows("SELECT id, user_id FROM known_browser"))
    expected = {browser: known.person.number for browser, known in ledger.known.items() if not known.over}
    assert kept == expected, "other browsers are known than those in which people signed in"


def _counters(world: World, ledger: Ledger) -> None:
    rows = world.rows(
        "SELECT key, count - known_count, known_count FROM throttle"
        " WHERE key LIKE 'second-factor:%' OR key LIKE 'password:%' AND key NOT LIKE 'password:?%'"
    )
    expected = {
        f"password:{person.number}" if name == "password" else f"second-factor:{person.number}:{name}": counter
        for person in ledger.people
        for name, counter in person.counters.items()
        if counter.total
    }
    kept = {key: {False: strangers, True: known} for key, strangers, known in rows}
    assert kept == {key: counter.counts for key, counter in expected.items()}
    sent = dict(world.rows("SELECT key, count FROM throttle WHERE key LIKE 'send:person:%'"))
    windows = ((key, count) for key, (_, count) in ledger.windows.windows.items() if key[0] == "person")
    assert sent == {f"send:person:{span}:{number}": count for (_, number, span), count in windows}
