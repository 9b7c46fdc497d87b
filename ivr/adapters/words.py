"""Words that are written often, by their places in one table: these take a byte, and others stand as they are.

Knows spellings alone. The table is closed: none is taken away or moved, as what was written with it is read with it,
and none is added, as the release before could not read it. A newer word stands as it is, at a few bytes.
"""

from __future__ import annotations

from typing import Final

from ivr.domain.errors import Impossible

_TABLE: Final = """
state release step right tries reason last_call turn flow code how hung_up status attempts
client bank wallet mode purpose account_tail person failures count why
placing_started call_accepted call_postponed call_refused phone_rang phone_answered consent_given
confirmed passcode_spoken passcode_keyed not_me_reported call_ended time_ran_out passcode_checked
call_asked call_back_asked cancelled verification_requested turn_taken desk_call_ended
hang_up_left_alone call_hung_up_by_us carrier_postponed carrier_refused carrier_unsure
not_me_after_verdict callback_wished callback_delivered callback_failed callback_parked
account_unlocked hook_forged inbound_call_back_asked
wanted placing ringing answered consented spoken heard resting passed failed
right_passcode wrong_passcode not_me expired account_blocked no_answer busy rejected
no_consent carrier_busy unreachable completed
readout keyin notice reverify inbound link charge change
link-readout link-keyin ask_consent read greeting
carrier main greet after_desk apology at_desk called_back decided desk desk_engaged enter_code farewell
incomplete_code last_wrong_code no_reply not_confirmed not_taken put_through thanks too_late warn wrong_code
normal slow ja en zh ko vi pt
"""
_WORDS: Final = _TABLE.split()
"""The first 128 take one byte, and the next 128 two."""


class _Short(dict[str, int | str]):
    """The place of each word; what is none of them stands for itself."""

    def __missing__(self, text: str) -> str:
        return text


class _Long(dict[int | str, str]):
    """The word at each place; a text is the word itself."""

    def __missing__(self, short: int | str) -> str:
        if isinstance(short, str):
            return short
        raise Impossible(f"place {short} was written, and there are {len(self)} words")


SHORT: Final = _Short((word, place) for place, word in enumerate(_WORDS))
LONG: Final = _Long(enumerate(_WORDS))
