import re

import pytest

from ivr.domain.callflow import CallFlow
from ivr.rehearsal.graph import Bond, Edge, Kind, graph_of
from ivr.rehearsal.mermaid import mermaid
from tests.rehearsal.shipped import FLOWS, values_of

READOUT = graph_of(FLOWS["link-readout"], "ja", values_of(FLOWS["link-readout"]))


def test_each_step_is_known_by_the_most_telling_thing_about_it() -> None:
    kinds = {node.name: node.kind for node in READOUT.nodes}
    assert kinds["greet"] is Kind.CONSENT
    assert kinds["warn"] is Kind.WARNING
    assert kinds["read"] is Kind.PASSCODE
    assert kinds["not_me"] is Kind.NOT_ME
    assert kinds["decided"] is Kind.ASIDE


def test_consent_and_not_me_are_ways_of_their_own() -> None:
    ways = {edge for edge in READOUT.edges if edge.source == "greet"}
    assert Edge(source="greet", target="warn", bond=Bond.CONSENT, by=("1",)) in ways
    assert Edge(source="greet", target="not_me", bond=Bond.NOT_ME, by=("9",)) in ways


def test_a_bounded_way_says_how_often_and_what_changes() -> None:
    round_again = next(e for e in READOUT.edges if e.source == "read" and e.bond is Bond.AGAIN)
    assert "2 ×2 slow" in round_again.by
    assert "silence ×1" in round_again.by


def test_the_first_words_are_a_sentence_with_its_placeholders() -> None:
    assert next(n for n in READOUT.nodes if n.name == "greet").words == "こちらは、{bank}です。"


@pytest.mark.parametrize("flow", FLOWS.values(), ids=lambda flow: flow.name)
def test_every_step_and_way_is_in_the_mermaid_text(flow: CallFlow) -> None:
    for language in flow.voices:
        graph = graph_of(flow, language, values_of(flow))
        written = mermaid(graph)
        drawn = set(re.findall(r"^    s_(\w+)[\[{(]+", written, re.MULTILINE))
        assert drawn == set(flow.steps)
        ways = re.findall(
            r"^    s_(\w+) [-=.>]+(?:\|\"[^\"]*\"\|)? s_(\w+)$", written, re.MULTILINE
        )
        assert sorted(ways) == sorted((edge.source, edge.target) for edge in graph.edges)


def test_signs_of_mermaid_in_words_are_written_as_entities() -> None:
    assert '"' not in re.sub(r'"[^"]*"', "", mermaid(READOUT))
    assert "#123;bank#125;" in mermaid(READOUT)
