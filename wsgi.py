"""The WSGI application: `wsgi:app`."""

from ssp.app import create_app

app = create_app()
