"""SK2: codes and credentials go to the provider alone, over TLS under its own name, wherever an answer points.

So does what the portal keeps, to its database; `tests/unit/infra/test_mail.py` has the same for mail.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from pydantic import ValidationError
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import OperationalError

from ssp.infra.database import Database, engine_options
from tests.browser.serving import free_port
from tests.people import ADA, Browser, password
from tests.postgresql import cluster
from tests.provider import Provider, open_provider, replies, settings_for
from tests.smtp import certificate


def ask_for_a_text(app: Flask, provider: Provider) -> Browser:
    return password(Browser(app, provider.phone), ADA).fill(type="text").fill(phone=ADA.mobile)


@pytest.mark.parametrize("name", ["localhost", "elsewhere.test"])
def test_nothing_leaves_for_a_server_that_nobody_vouches_for(
    make_app: Callable[..., Flask], tmp_path: Path, name: str
) -> None:
    with open_provider(certificate(tmp_path, name)) as provider:
        browser = ask_for_a_text(make_app(**settings_for(provider.origin)), provider)
        assert browser.path == "/set-up/text"
        assert provider.asked == []


def test_nothing_leaves_for_a_server_under_the_name_of_another(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path, "elsewhere.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with open_provider(file) as provider:
        browser = ask_for_a_text(make_app(**settings_for(provider.origin)), provider)
        assert browser.path == "/set-up/text"
        assert provider.asked == []


def test_with_a_certificate_of_its_own_name_it_gets_the_message(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with open_provider(file) as provider:
        browser = ask_for_a_text(make_app(**settings_for(provider.origin)), provider)
        assert browser.fill(code=provider.phone.text_code()).path == "/set-up/done"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_an_answer_that_points_elsewhere_is_not_followed(make_app: Callable[..., Flask], status: int) -> None:
    with open_provider() as provider, open_provider() as other:
        provider.answer = replies(status, {"sid": "SM1"}, Location=f"{other.origin}/2010-04-01/Messages.json")
        ask_for_a_text(make_app(**settings_for(provider.origin)), provider)
        assert len(provider.asked) == 1
        assert other.asked == []


def test_nor_is_a_proxy_or_another_password_that_the_machine_names(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login mallory password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with open_provider() as provider, open_provider() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.origin)
            monkeypatch.setenv(name.upper(), proxy.origin)
        ask_for_a_text(make_app(**settings_for(provider.origin)), provider)
        assert proxy.asked == []
        assert "mallory" not in provider.asked[0].credentials


def test_a_provider_without_tls_must_be_this_machine(make_app: Callable[..., Flask]) -> None:
    with pytest.raises(ValidationError, match="SSP_TWILIO_API_ORIGIN: is not https"):
        make_app(**settings_for("http://sms.example.org"))


# ---- PostgreSQL ----


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Give the port of a PostgreSQL server that speaks TLS, and the certificate that it signed itself."""
    file = certificate(tmp_path_factory.mktemp("tls"), "db.example.test")
    with cluster() as running:
        running.create("ssp")
        running.stop("fast")
        own, port = running.own(file), free_port()
        running.resume(
            f"-c listen_addresses=127.0.0.1 -p {port} -c ssl=on -c ssl_cert_file={own} -c ssl_key_file={own}"
        )
        yield port, file
        running.stop("fast")
        running.resume()


REACHED = "reached by TLS"


def reach(port: int, host: str, **more: str) -> str:
    """Return how a portal gets to its database there, under this name, or why it does not."""
    query = {"hostaddr": "127.0.0.1", **more}
    url = URL.create("postgresql+psycopg", "ssp", host=host, port=port, database="ssp", query=query)
    address = url.render_as_string()
    database = Database(create_engine(address, **engine_options(address)))
    mine = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    try:
        with database.reading() as connection:
            return REACHED if connection.exec_driver_sql(mine).scalar_one() else "reached in the clear"
    except OperationalError as error:
        return str(error)
    finally:
        database.engine.dispose()


@pytest.mark.postgresql
def test_a_database_elsewhere_has_to_prove_its_name(databases: tuple[int, Path]) -> None:
    port, file = databases
    assert "certificate verify failed" in reach(port, "db.example.test")
    assert reach(port, "db.example.test", sslrootcert=str(file)) == REACHED
    assert "does not match host name" in reach(port, "other.example.test", sslrootcert=str(file))
    assert reach(port, "other.example.test", sslmode="require") == REACHED  # an operator may say so
