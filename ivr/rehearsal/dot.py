"""A flow's graph in the language of Graphviz, which lays it out. Pure: a graph in, text out.

Letters' widths are reckoned here, a Chinese, Japanese or Korean one as wide as it is high: the
layout knows no fonts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Final

from ivr.rehearsal.graph import COLOURS, Bond, Edge, Graph, Kind, Node

FONTS: Final = "Noto Sans CJK JP,Hiragino Sans,Yu Gothic,Meiryo,Noto Sans,sans-serif"
_LEGENDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        Kind.CONSENT: "asks for consent",
        Kind.WARNING: "warns",
        Kind.PASSCODE: "speaks or takes the passcode",
        Kind.NOT_ME: "reports “not me”",
        Kind.QUESTION: "asks",
        Kind.DESK: "puts through to the desk",
        Kind.SAYING: "says something, goes on",
        Kind.END: "hangs up",
        Kind.ASIDE: "from anywhere: nothing left to do, or trouble",
        Bond.AGAIN: "again:",
        "lines": "On the lines: keys and answers. Thick and green: the consent key. ×2: twice at most.",
    },
    "ja": {
        Kind.CONSENT: "同意をたずねる",
        Kind.WARNING: "警告",
        Kind.PASSCODE: "番号を言う、または受け取る",
        Kind.NOT_ME: "「心当たりなし」を届ける",
        Kind.QUESTION: "たずねる",
        Kind.DESK: "窓口へつなぐ",
        Kind.SAYING: "話して先へ進む",
        Kind.END: "電話を切る",
        Kind.ASIDE: "どこからでも（終了後・障害時）",
        Bond.AGAIN: "もう一度:",
        "lines": "線の上は、押されたキーと結果。太い緑は同意のキー。×2 は 2 回まで。",
    },
}
"""What is written around the steps; in English where the flow's language is not among these."""
_LINES: Final = {
    Bond.CONSENT: 'color="#2f7d3b" penwidth=2.6 fontcolor="#2f7d3b"',
    Bond.NOT_ME: 'color="#b3261e" fontcolor="#b3261e"',
    Bond.AGAIN: 'color="#777777" style=dashed fontcolor="#555555"',
    Bond.PLAIN: 'color="#555555" fontcolor="#333333"',
}
_NO_FRAME: Final = 'BORDER="0"'
_TITLE: Final = 17
_SIZE: Final = 13
_SMALL: Final = 11
_HALF_WIDTH: Final = 0.58
_LINE: Final = 18
_LABEL: Final = 9
_A_ROW: Final = 4
"""Widths are in heights of a letter; kinds of step in a row of the legend are counted."""


def dot(graph: Graph, title: str, language: str) -> str:
    """Write the graph with its title and a legend."""
    told = _LEGENDS.get(language, _LEGENDS["en"])
    rounds = {edge.source: edge for edge in graph.edges if edge.source == edge.target}
    lines = [
        "digraph flow {",
        f'graph [fontname="{FONTS}" rankdir=TB nodesep=0.4 ranksep=0.45 pad=0.25]',
        f'node [fontname="{FONTS}" fontsize={_SIZE} shape=plain]',
        f'edge [fontname="{FONTS}" fontsize={_SMALL} arrowsize=0.8]',
        f"label=<{_legend(graph, told)}> labelloc=b",
        "subgraph cluster {",
        f"label=<{_frame([_row(title, _TITLE, bold=True)], _NO_FRAME)}> labelloc=t peripheries=0",
        'begin [shape=circle label="" width=0.2 style=filled fillcolor="#333333"]',
        *(_node(node, rounds.get(node.name), told) for node in graph.nodes),
        "}",
        f'begin -> "{graph.start}" [{_LINES[Bond.PLAIN]}]',
        *(_edge(edge) for edge in graph.edges if edge.source != edge.target),
        "}",
    ]
    return "\n".join(lines)


def _node(node: Node, again: Edge | None, told: Mapping[str, str]) -> str:
    fill, stroke = COLOURS[node.kind]
    rows = [_row(f"{node.name}   {node.seconds:.0f} s", _SIZE, bold=True)]
    rows += [_row(line, _SIZE) for line in _lines(_unbroken(node.words), _LINE)]
    if again:
        items = (f"{each}, " for each in again.by)
        rows += [_row(line, _SMALL) for line in _lines([f"{told[Bond.AGAIN]} ", *items], _LINE)]
    width = 2 if node.kind in {Kind.CONSENT, Kind.WARNING, Kind.PASSCODE} else 1
    style = ' STYLE="ROUNDED"' if node.kind is Kind.END else ""
    style = ' STYLE="ROUNDED,DASHED"' if node.kind is Kind.ASIDE else style
    look = f'BORDER="{width}" COLOR="{stroke}" BGCOLOR="{fill}"{style}'
    return f'"{node.name}" [label=<{_frame(rows, look)}>]'


def _edge(edge: Edge) -> str:
    words = "\\n".join(f"  {line}  " for line in _lines([f"{each}, " for each in edge.by], _LABEL))
    label = f' label="{words}"' if words else ""
    return f'"{edge.source}" -> "{edge.target}" [{_LINES[edge.bond]}{label}]'


def _legend(graph: Graph, told: Mapping[str, str]) -> str:
    """Write a legend of the kinds that the graph has."""
    kinds = {node.kind for node in graph.nodes}
    cells = [
        f'<TD BGCOLOR="{fill}" COLOR="{stroke}" BORDER="1" WIDTH="24" HEIGHT="14" FIXEDSIZE="TRUE"></TD>'
        f"{_cell(told[kind], _SMALL)}"
        for kind, (fill, stroke) in COLOURS.items()
        if kind in kinds
    ]
    rows = ["".join(cells[start : start + _A_ROW]) for start in range(0, len(cells), _A_ROW)]
    rows.append(_cell(told["lines"], _SMALL, f'COLSPAN="{2 * _A_ROW}"'))
    written = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="5" CELLPADDING="0">{written}</TABLE>'


def _frame(rows: Iterable[str], look: str) -> str:
    return f'<TABLE {look} CELLBORDER="0" CELLSPACING="0" CELLPADDING="3">{"".join(rows)}</TABLE>'


def _row(text: str, size: int, *, bold: bool = False) -> str:
    return f"<TR>{_cell(text, size, bold=bold)}</TR>"


def _cell(text: str, size: int, look: str = "", *, bold: bool = False) -> str:
    """Write a cell as wide as its text will be; at the left, which no wrong width can move."""
    words = f"<B>{escape(text)}</B>" if bold else escape(text)
    width = round(_heights(text) * size * (1.05 if bold else 1)) + 12
    return f'<TD ALIGN="LEFT" WIDTH="{width}" {look}><FONT POINT-SIZE="{size}">{words}</FONT></TD>'


def _lines(words: Iterable[str], line: float) -> Iterator[str]:
    """Put words together in lines; a word that is longer has one of its own."""
    written = ""
    for word in words:
        if written.strip() and _heights(written + word.rstrip()) > line:
            yield written.strip()
            written = ""
        written += word
    if written.strip():
        yield written.strip().removesuffix(",")


def _unbroken(text: str) -> Iterator[str]:
    """Split a text where a line may end; a sign stays with the letter before it."""
    word = ""
    for letter in text:
        if word and (word[-1] == " " or _is_wide(letter)) and letter not in "、。」）…，！？ー ":
            yield word
            word = ""
        word += letter
    yield word


def _heights(text: str) -> float:
    return sum(1.0 if _is_wide(letter) else _HALF_WIDTH for letter in text)


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in {"W", "F"}
