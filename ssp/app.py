"""Putting the portal together: the only place that wires parts."""

from pathlib import Path

from flask import Flask, Response, request
from whitenoise import WhiteNoise

import ssp.models  # noqa: F401 - the tables, for the migrations
from ssp.authenticators.protocol import Kit
from ssp.authenticators.registry import Registry
from ssp.cli import commands
from ssp.extensions import csrf, db, login_manager, migrate
from ssp.flows.courier import Courier
from ssp.flows.sealing import Sealer
from ssp.infra import logs, references, schema
from ssp.infra.crypto import KeyRing
from ssp.infra.database import Database, engine_options
from ssp.infra.key_file import KeyFileError, load_keys
from ssp.infra.mail import Mailer
from ssp.infra.passwords import Parameters, PasswordHasher
from ssp.infra.telephony import outbox
from ssp.infra.telephony.callbacks import Callbacks
from ssp.infra.telephony.carrier import Carrier
from ssp.infra.telephony.outbox import OutboxCarrier
from ssp.infra.telephony.pool import BoundedSender
from ssp.infra.telephony.twilio import TwilioCarrier
from ssp.settings import ROOT, Settings, SettingsError, load
from ssp.web import (
    account,
    auth,
    dates,
    demo,
    errors,
    forgotten,
    forms,
    headers,
    health,
    mfa,
    provider,
    proxies,
    recovery,
    services,
    sessions,
    words,
)
from ssp.web import help as help_pages
from ssp.web.assets import Assets, immutable
from ssp.web.lean import Unindented
from ssp.web.portal import Site

QUEUED_PASSWORDS = 8  # below the threads of a process, so that other pages always find one


def create_app(settings: Settings | None = None) -> Flask:
    """Return the portal as a Flask app. Raises SettingsError where the settings make no sense."""
    settings = settings or load()
    logs.configure(quiet=settings.demo)
    app = Flask(
        __name__,
        static_folder=None,
        template_folder=str(ROOT / "templates"),
        instance_path=str(settings.instance.resolve()),
    )
    app.config.update(_flask_config(settings))
    db.init_app(app)
    with app.app_context():
        database = Database(db.engine)
    keys = _keys(settings, database)
    app.config["SECRET_KEY"] = keys.lasting("flask")
    migrate.init_app(app, db, directory=str(Path(__file__).parent / "migrations"), render_as_batch=True)
    site = _site(settings, keys, database)
    app.extensions["ssp"] = site
    _guard_requests(app, site)
    _register_pages(app, site)
    app.cli.short_help = "The portal's commands."
    commands.register(app)
    _serve_static_files(app, site)
    return app


def _keys(settings: Settings, database: Database) -> KeyRing:
    if not settings.key_file.exists() and schema.holds_sealed_values(database):
        raise SettingsError(
            [f"SSP_SECRET_KEY_FILE: {settings.key_file} is missing and the database needs it; restore your backup"]
        )
    try:
        return load_keys(settings.key_file)
    except KeyFileError as error:
        raise SettingsError([f"SSP_SECRET_KEY_FILE: {error}"]) from None


def _flask_config(settings: Settings) -> dict[str, object]:
    return {
        "SQLALCHEMY_DATABASE_URI": settings.sqlalchemy_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.sqlalchemy_url),
        "MAX_CONTENT_LENGTH": forms.LARGEST_FORM,
        "MAX_FORM_MEMORY_SIZE": forms.LARGEST_FORM,
        "MAX_FORM_PARTS": forms.MOST_FIELDS,
        "WTF_CSRF_TIME_LIMIT": None,  # the value dies with the token that it follows from
        "WTF_CSRF_SSL_STRICT": False,  # our own origin check needs no Referer header, which some people switch off
    }


def _site(settings: Settings, keys: KeyRing, database: Database) -> Site:
    try:
        parameters = Parameters.parse(settings.password_hash)
    except ValueError as error:
        raise SettingsError([f"SSP_PASSWORD_HASH: {error}"]) from None
    callbacks = Callbacks(settings)
    return Site(
        settings=settings,
        database=database,
        keys=keys,
        # One hash at a time in a process keeps one warm 19 MiB heap; `flask serve` starts a process for each core.
        passwords=PasswordHasher(parameters, threads=1, queue=QUEUED_PASSWORDS),
        types=Registry(Kit(settings, keys, callbacks)),
        carrier=BoundedSender(_carrier(settings)),
        callbacks=callbacks,
        mailer=Mailer(settings),
        articles=help_pages.open_articles(settings),
        assets=Assets(ROOT / "static", {f"logo{settings.logo.suffix}": settings.logo} if settings.logo else {}),
    )


def _carrier(settings: Settings) -> Carrier:
    if settings.delivery == "twilio":
        return TwilioCarrier(settings)
    return OutboxCarrier(settings.instance / outbox.FILE)


def _guard_requests(app: Flask, site: Site) -> None:
    """Put the checks in front of every view, in this order."""
    app.before_request(forms.refuse_odd_requests)
    app.session_interface = sessions.OpaqueSessions(site)
    csrf.init_app(app)
    # Its context processor would ask the database on every page, error pages included.
    login_manager.init_app(app, add_context_processor=False)
    # The session's row says whose it is; Flask-Login's own marks are for cookies that hold the answer.
    app.config["SESSION_PROTECTION"] = None
    login_manager.user_loader(sessions.load_person)
    login_manager.request_loader(sessions.load_from_request)
    app.after_request(headers.on_pages(site.settings))
    courier = app.extensions["ssp.courier"] = Courier(site)
    sealer = app.extensions["ssp.sealer"] = Sealer(site)

    @app.after_request
    def nudge(response: Response) -> Response:
        if request.method == "POST":
            courier.nudge()
            sealer.nudge()
        return response


def _register_pages(app: Flask, site: Site) -> None:
    for module in (auth, forgotten, mfa, services, account, recovery, help_pages, health, provider):
        app.register_blueprint(module.blueprint)
    csrf.exempt(provider.blueprint)
    if site.settings.demo:
        app.register_blueprint(demo.blueprint)
    errors.register(app)
    settings = site.settings

    app.jinja_env.globals.update(settings=settings, asset=site.assets.url, number=words.number, **words.figures())

    for name, filled in dates.FILTERS.items():
        app.add_template_filter(filled, name)
    app.add_template_filter(references.shown, "in_groups")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension(Unindented)


def _serve_static_files(app: Flask, site: Site) -> None:
    static = WhiteNoise(
        app.wsgi_app,
        add_headers_function=headers.on_static_files(site.settings),
        immutable_file_test=immutable,
        allow_all_origins=False,
    )
    site.assets.serve(static)
    app.wsgi_app = proxies.Proxies(static, site.settings)  # type: ignore[method-assign] # Flask's documented way
