"""QR codes: drawn here, readable on any page, and nothing but a drawing."""

import re
from xml.etree import ElementTree as ET

import pytest
import segno

from ssp.infra.qr import qr_svg

SVG = "{http://www.w3.org/2000/svg}"
URI = "otpauth://totp/Secure%20Services%20Portal:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Secure%20Services%20Portal"


def drawn(svg: str) -> set[tuple[int, int]]:
    """Return the dark squares that the drawing's one line fills, row by row."""
    path = ET.fromstring(svg).findall(f"{SVG}path")[-1]  # noqa: S314 - our own drawing
    dark, x, y = set(), 0.0, 0.0
    for kind, values in re.findall(r"([Mmhl])([^Mmhl]*)", path.attrib["d"]):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", values)]
        if kind == "M":
            x, y = numbers
        elif kind == "m":
            x, y = x + numbers[0], y + numbers[1]
        else:
            assert kind == "h"
            dark |= {(int(y), column) for column in range(int(x), int(x + numbers[0]))}
            x += numbers[0]
    return dark


@pytest.mark.parametrize("text", [URI, "a", "Grüße 你好", "x" * 600])
def test_the_drawing_is_the_code_of_the_text(text: str) -> None:
    matrix = segno.make(text, error="m", micro=False).matrix_iter(border=4)
    assert drawn(qr_svg(text)) == {(y, x) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark}


def test_two_texts_have_two_drawings() -> None:
    assert qr_svg(URI) != qr_svg(URI.replace("ada", "ben"))
    assert qr_svg(URI) == qr_svg(URI)


def test_it_is_dark_on_white_with_a_margin_and_scales() -> None:
    root = ET.fromstring(qr_svg(URI))  # noqa: S314 - our own drawing
    _, _, width, height = map(int, root.attrib["viewBox"].split())
    assert width == height
    assert {"width", "height"}.isdisjoint(root.attrib)
    light, dark = root
    assert light.attrib["fill"] == "#fff"
    assert light.attrib["d"] == f"M0 0h{width}v{height}h-{width}z"
    assert dark.attrib["stroke"] == "#000"
    squares = drawn(qr_svg(URI))
    assert min(min(square) for square in squares) == 4
    assert max(max(square) for square in squares) == width - 5


def test_there_is_no_style_no_script_and_nothing_from_elsewhere() -> None:
    svg = qr_svg('"><script>alert(1)</script>')
    assert svg.startswith("<svg ")
    assert svg.rstrip().endswith("</svg>")
    tags = {element.tag for element in ET.fromstring(svg).iter()}  # noqa: S314 - our own drawing
    assert tags == {f"{SVG}svg", f"{SVG}path"}
    assert not re.search(r"style|script|href|url\(|\son\w+=|<\?|<!|id=", svg)


def test_what_no_code_can_hold_is_an_error() -> None:
    with pytest.raises(segno.DataOverflowError):
        qr_svg("x" * 3000)
