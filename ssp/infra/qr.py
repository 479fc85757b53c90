"""QR codes as inline SVG, drawn here: the secret in them goes to nobody else."""

import io

import segno


def qr_svg(text: str) -> str:
    """Return a QR code as an `<svg>` element without style or script, with the white edge that dark pages need."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", scale=1, border=4, dark="#000", light="#fff", xmldecl=False, svgns=True, omitsize=True
    )
    return out.getvalue().decode()
