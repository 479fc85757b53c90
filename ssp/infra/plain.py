"""Text from outside made harmless for rows, terminals and the people who read them (security requirement LG3)."""


def plain(text: str) -> str:
    r"""Return text in which every sign that nobody sees is written out, such as `\n`, `\x1b` or `\u202e`.

    That is what could forge a line, move a terminal's cursor or turn letters around. Unseen signs are those that
    `str.isprintable` says no to: controls, line ends, all spaces but one, zero-width and direction marks, surrogates.
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text)
