"""SSP, the Secure Services Portal: a sign-in portal with a second factor that an organisation runs itself."""

__version__ = "0.1.0"
