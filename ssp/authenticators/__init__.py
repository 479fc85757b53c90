"""The kinds of authenticators. A new kind is one module here and one file of macros in `templates/authenticators/`."""
