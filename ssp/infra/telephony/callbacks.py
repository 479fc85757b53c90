"""Where the provider calls back, and whether a call is really from it."""

from ssp.settings import Settings

TEXT_PATH = "/provider/text/{}"
CALL_PATH = "/provider/call/{}"
KEY_PATH = "/provider/call/{}/key"


class Callbacks:
    """The portal's addresses for the provider, built from the public address alone."""

    def __init__(self, settings: Settings) -> None:
        self._origin = settings.origin if settings.called_back else None
        self._keys = settings.voice_press_key

    def text(self, delivery_id: str) -> str | None:
        """Return where to tell how a text goes on; None if the provider cannot."""
        return self._url(TEXT_PATH, delivery_id)

    def call(self, delivery_id: str) -> str | None:
        """Return where to tell how a call goes on; None if the provider cannot."""
        return self._url(CALL_PATH, delivery_id)

    def key(self, delivery_id: str) -> str | None:
        """Return where to tell which key was pressed; None if the provider cannot, or calls ask for none."""
        return self._url(KEY_PATH, delivery_id) if self._keys else None

    def _url(self, path: str, delivery_id: str) -> str | None:
        return self._origin + path.format(delivery_id) if self._origin else None
