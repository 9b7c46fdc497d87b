"""The documents for when something fails: an apology in each language, ready before anything can fail.

They come from the call flows' own `apology` step, so that ops can change the words; they hold no
placeholder, and so need neither the record nor the store.
"""

from __future__ import annotations

from ivr.domain.callflow import CallFlow, Pace
from ivr.domain.conversation import Place, enter
from ivr.service.replies import Reply
from ivr.web.twiml import HANG_UP, HEAD, TAIL, render


def apologies(flow: CallFlow, first: str) -> dict[str, str]:
    """Render a flow's apology in each of its languages, the language `first` before the others."""
    languages = sorted(flow.voices, key=lambda language: (language != first, language))
    return {language: _apology(flow, language) for language in languages}


def fallback_document(flow: CallFlow, first: str) -> str:
    """Join the apologies of all languages into one document, for a carrier that cannot reach us."""
    spoken = [
        text.removeprefix(HEAD).removesuffix(TAIL) for text in apologies(flow, first).values()
    ]
    return HEAD + "".join(each.removesuffix(HANG_UP) for each in spoken) + HANG_UP + TAIL


def _apology(flow: CallFlow, language: str) -> str:
    place = Place(step=flow.apology, entered=flow.apology, language=language)
    taken = enter(flow, place, flow.apology)
    return render(
        Reply(
            instructions=taken.instructions,
            values={},
            language=language,
            pace=Pace.NORMAL,
            voices=flow.voices,
            next_turn=0,
        ),
        "",
    )
