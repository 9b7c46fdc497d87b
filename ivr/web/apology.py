"""The documents for when something fails: an apology in each language, ready before anything can fail.

They come from the `apology` step of the call flows in force, so that ops can change the words; they hold no
placeholder, and so need neither the record nor the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from ivr.domain.callflow import CallFlow, Pace
from ivr.domain.conversation import Instruction, Position, Say, enter
from ivr.service.ports import FlowBook
from ivr.service.replies import Reply
from ivr.web.twiml import HANG_UP, HEAD, TAIL, render

_NO_REFERENCE: Final = {
    "ja": "照会番号を、お伝えできません。おつなぎします。",
    "en": "The case number is not available. Connecting you now.",
    "zh": "案件编号暂时无法播报。现在为您接通。",
    "ko": "접수 번호를 안내해 드릴 수 없습니다. 지금 연결해 드립니다.",
    "vi": "Hiện không đọc được số hồ sơ. Xin nối máy ngay.",
    "pt": "O número do caso não está disponível. Conectando agora.",
}
"""What the desk's staff hear where they should have heard the reference; they are put through all the same."""


class Apologies(msgspec.Struct, frozen=True, kw_only=True):
    """Documents by language, the house's own first: for the depositor, and for the desk's staff."""

    depositor: Mapping[str, str]
    staff: Mapping[str, str]


class CurrentApologies:
    """The apologies of the release in force; those of another are made ready at its first failure."""

    def __init__(self, flows: FlowBook, first: str) -> None:
        """Render them now. `first` is the language for whoever's is not among them."""
        self._flows = flows
        self._first = first
        self._flow = flows.any()
        self._documents = apologies(self._flow, first)

    def now(self) -> Apologies:
        """Return the apologies in force."""
        flow = self._flows.any()
        if flow is not self._flow:
            self._documents, self._flow = apologies(flow, self._first), flow
        return self._documents


def apologies(flow: CallFlow, first: str) -> Apologies:
    """Render a flow's apologies in each of its languages, the language `first` before the others."""
    languages = sorted(flow.voices, key=lambda language: (language != first, language))
    staff = {
        language: _render(flow, language, (Say((_NO_REFERENCE[language],)),))
        for language in languages
    }
    return Apologies(depositor={each: _apology(flow, each) for each in languages}, staff=staff)


def fallback_document(flow: CallFlow, first: str) -> str:
    """Join the apologies of all languages into one document, for a carrier that cannot reach us."""
    documents = apologies(flow, first).depositor.values()
    spoken = [text.removeprefix(HEAD).removesuffix(TAIL) for text in documents]
    return HEAD + "".join(each.removesuffix(HANG_UP) for each in spoken) + HANG_UP + TAIL


def _apology(flow: CallFlow, language: str) -> str:
    position = Position(step=flow.apology, entered=flow.apology, language=language)
    return _render(flow, language, enter(flow, position, flow.apology).instructions)


def _render(flow: CallFlow, language: str, instructions: tuple[Instruction, ...]) -> str:
    return render(
        Reply(
            instructions=instructions,
            values={},
            language=language,
            pace=Pace.NORMAL,
            voices=flow.voices,
            next_turn=0,
        ),
        "",
    )
