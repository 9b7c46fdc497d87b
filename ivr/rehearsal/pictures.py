"""A flow's graph laid out and drawn: SVG, and PNG made of it.

Knows the program that lays out and the package that rasterizes, both of the extra `pictures`. Does
not know what the graph says (`dot.py`).
"""

from __future__ import annotations

import subprocess
from typing import Final

from ivr.domain.errors import HonninError
from ivr.rehearsal.dot import FONTS
from ivr.rehearsal.extras import Extra, find_program, load_package

_SECONDS: Final = 60
_ZOOM: Final = 2
_DPI: Final = 72
_PROBE: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
    f'<text x="4" y="30" font-size="24" font-family="{FONTS}">{{}}</text></svg>'
)
_NO_LETTERS: Final = (" ", "\u0378")
"""A blank, and a sign that no font has: a letter that is missing looks like one of them."""


class CannotDraw(HonninError):
    """Ops must act: a picture cannot be made. The message says what is missing."""


def draw_svg(dot: str) -> str:
    """Lay out a graph in the language of Graphviz and return it as SVG.

    Raises:
        NotInstalled: the extra `pictures` is not there.
        CannotDraw: the layout failed.

    """
    program = find_program("graphviz-pure", Extra.PICTURES)
    done = subprocess.run(  # noqa: S603 - a program of our own environment, given no argument of others
        [program, "-Tsvg"],
        input=dot,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode or "<svg" not in done.stdout:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotDraw(f"the graph cannot be laid out: {last}")
    return done.stdout


def draw_png(svg: str) -> bytes:
    """Rasterize an SVG.

    Raises:
        NotInstalled: the extra `pictures` is not there.
        CannotDraw: no font on this machine has its letters.

    """
    resvg = load_package("resvg_py", Extra.PICTURES)
    letter = max(filter(str.isalpha, svg))
    unknown = [resvg.svg_to_bytes(svg_string=_PROBE.format(each)) for each in _NO_LETTERS]
    if resvg.svg_to_bytes(svg_string=_PROBE.format(letter)) in unknown:
        raise CannotDraw(
            f"no font on this machine has the letter {letter}; "
            "install one (Debian: fonts-noto-cjk), or take --format svg"
        )
    return bytes(resvg.svg_to_bytes(svg_string=svg, zoom=_ZOOM, dpi=_DPI, background="#ffffff"))
