"""A flow's graph as Mermaid text, for pages that draw it themselves. Pure: a graph in, text out."""

from __future__ import annotations

from typing import Final

from ivr.rehearsal.graph import COLOURS, Bond, Edge, Graph, Kind, Node

_SHAPES: Final = {
    Kind.SAYING: ("[", "]"),
    Kind.QUESTION: ("{{", "}}"),
    Kind.CONSENT: ("{{", "}}"),
    Kind.PASSCODE: ("{{", "}}"),
    Kind.DESK: ("[[", "]]"),
    Kind.WARNING: ("[/", "/]"),
    Kind.NOT_ME: ("[", "]"),
    Kind.END: ("([", "])"),
    Kind.ASIDE: ("([", "])"),
}
_ARROWS: Final = {Bond.CONSENT: "==>", Bond.AGAIN: "-.->", Bond.NOT_ME: "-->", Bond.PLAIN: "-->"}
_ENTITIES: Final = {'"': "#quot;", "<": "#lt;", ">": "#gt;", "{": "#123;", "}": "#125;"}


def mermaid(graph: Graph) -> str:
    """Write the graph as a flowchart."""
    lines = ["flowchart TD", f"    begin(( )) --> {_id(graph.start)}"]
    lines += [f"    {_node(node)}" for node in graph.nodes]
    lines += [f"    {_edge(edge)}" for edge in graph.edges]
    kinds = {node.kind for node in graph.nodes}
    lines += [
        f"    classDef is_{kind} fill:{fill},stroke:{stroke},color:#1a1a1a"
        for kind, (fill, stroke) in COLOURS.items()
        if kind in kinds
    ]
    for kind in COLOURS:
        if names := [_id(node.name) for node in graph.nodes if node.kind is kind]:
            lines.append(f"    class {','.join(names)} is_{kind}")
    return "\n".join(lines)


def _node(node: Node) -> str:
    opening, closing = _SHAPES[node.kind]
    words = _escaped(f"{node.name} · {node.seconds:.0f} s") + "<br>" + _escaped(node.words)
    return f'{_id(node.name)}{opening}"{words}"{closing}'


def _edge(edge: Edge) -> str:
    label = f'|"{_escaped(", ".join(edge.by))}"|' if edge.by else ""
    return f"{_id(edge.source)} {_ARROWS[edge.bond]}{label} {_id(edge.target)}"


def _id(name: str) -> str:
    """Return a name that is no word of Mermaid's own: a step may be called `end`."""
    return f"s_{name}"


def _escaped(text: str) -> str:
    return "".join(_ENTITIES.get(letter, letter) for letter in text.replace("#", "#35;"))
