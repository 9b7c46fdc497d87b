import struct
import zlib
from xml.etree import ElementTree as ET

import pytest

from ivr.rehearsal.dot import dot
from ivr.rehearsal.extras import Extra, NotInstalled, find_program, load_package
from ivr.rehearsal.graph import Graph, graph_of
from ivr.rehearsal.pictures import CannotDraw, draw_png, draw_svg
from tests.rehearsal.shipped import FLOWS, values_of

SVG = "{http://www.w3.org/2000/svg}"


def graph(name: str, language: str) -> Graph:
    return graph_of(FLOWS[name], language, values_of(FLOWS[name]))


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_step_and_way_is_drawn(name: str, language: str) -> None:
    drawn = graph(name, language)
    root = ET.fromstring(draw_svg(dot(drawn, "a title", language)))  # noqa: S314 - our own picture
    groups = root.findall(f".//{SVG}g[@class='node']")
    names = {group.findtext(f"{SVG}title") for group in groups}
    assert names == {"begin", *FLOWS[name].steps}
    others = [edge for edge in drawn.edges if edge.source != edge.target]
    assert len(root.findall(f".//{SVG}g[@class='edge']")) == len(others) + 1
    written = "".join(text.text or "" for text in root.iter(f"{SVG}text"))
    assert "a title" in written
    assert all(node.name in written for node in drawn.nodes)


def test_a_title_of_markup_stays_words() -> None:
    svg = draw_svg(dot(graph("link-readout", "en"), '<B>"x"&</B>', "en"))
    root = ET.fromstring(svg)  # noqa: S314 - our own picture
    assert any(text.text == '<B>"x"&</B>' for text in root.iter(f"{SVG}text"))


def test_a_png_is_large_and_not_blank() -> None:
    png = draw_png(draw_svg(dot(graph("link-readout", "ja"), "題", "ja")))
    width, height = struct.unpack(">II", png[16:24])
    assert png.startswith(b"\x89PNG")
    assert width > 800
    assert height > 800
    pixels = zlib.decompress(_data(png))
    assert len(set(pixels)) > 50


def test_a_letter_that_no_font_has_is_told() -> None:
    unassigned = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>𱍊</text></svg>'
    )
    with pytest.raises(CannotDraw, match="install one"):
        draw_png(unassigned)


def test_what_is_not_installed_is_told_with_what_to_do() -> None:
    with pytest.raises(NotInstalled, match=r"pip install 'honnin\[pictures\]'"):
        find_program("no-such-program", Extra.PICTURES)
    with pytest.raises(NotInstalled, match=r"pip install 'honnin\[voice\]'"):
        load_package("no_such_package", Extra.VOICE)


def _data(png: bytes) -> bytes:
    at, data = 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    return data
