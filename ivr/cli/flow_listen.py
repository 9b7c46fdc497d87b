"""`ivr flow listen`: a way through a call flow as a sound file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from ivr.cli.flow_choice import choose_flow, choose_language, flow_choice
from ivr.cli.flow_values import choose_values, value_options
from ivr.domain.callflow import Pace
from ivr.rehearsal.conversation_phone import ConversationPhone
from ivr.rehearsal.hearing import wait_of
from ivr.rehearsal.script import NOTHING, Called, Differs
from ivr.rehearsal.sound import Recorder

_REACTION: Final = 0.5
"""Seconds from a question's end to a key."""


@click.command("listen")
@flow_choice
@value_options
@click.option(
    "--keys",
    default="",
    metavar="KEY,KEY…",
    help="What is pressed, each once all was heard: 1,2,9; nothing; right or wrong for the passcode.",
)
@click.option("--pace", type=click.Choice([each.value for each in Pace]), default=Pace.NORMAL.value)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The WAV file to write.",
)
def command(
    *,
    name: str,
    folder: Path,
    language: str | None,
    bank: str | None,
    wallet: str | None,
    amount: int,
    keys: str,
    pace: str,
    output: Path,
) -> None:
    """Write what is heard on one way through FLOW as a WAV file, by a voice of this machine.

    The voice is not the carrier's, but pauses, readings and speed are near. Needs honnin[voice].
    """
    flow = choose_flow(folder, name)
    called = Called(flow=flow.name, language=choose_language(flow, language), pace=Pace(pace))
    phone = ConversationPhone(flow, called, choose_values(flow, bank, wallet, amount))
    recorder = Recorder()
    recorder.speak(phone.passages())
    for number, answer in enumerate(filter(None, keys.split(",")), start=1):
        pressed = _pressed(phone, answer.strip())
        recorder.rest(_REACTION if pressed else wait_of(phone.last))
        try:
            phone.press(pressed)
        except Differs as difference:
            raise click.BadParameter(
                f"at {answer} ({number}): {difference}", param_hint="--keys"
            ) from difference
        recorder.speak(phone.passages())
    output.write_bytes(recorder.wav())
    click.echo(f"{output} is written: {recorder.seconds:.1f} s. {_standing(phone)}")


def _pressed(phone: ConversationPhone, answer: str) -> str:
    named = {NOTHING: "", "silence": "", "right": phone.passcode, "wrong": phone.wrong}
    return named.get(answer, answer)


def _standing(phone: ConversationPhone) -> str:
    ending = phone.ending()
    return f"It ends with {ending}." if ending else f"It asks at {phone.last.position.step}."
