"""`ivr flow rehearse`: be the depositor in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from ivr.cli.flow_choice import choose_flow, choose_language, flow_choice
from ivr.cli.flow_values import choose_values, value_options
from ivr.domain.callflow import KEYS, Collect, Mode, Pace
from ivr.domain.errors import HonninError
from ivr.domain.passcode import DIGITS
from ivr.rehearsal.conversation_phone import CLOSED, ConversationPhone
from ivr.rehearsal.hearing import written
from ivr.rehearsal.script import Called, Differs, Transcript, read_transcript, replay
from ivr.rehearsal.session import Session

_HELP: Final = """\
Press: a key (0-9 * #), or six digits where a passcode is asked for; nothing (Enter) is silence.
Also: t right, t wrong, t 012345 (type into the page), w 300 (let seconds pass), h (hang up)."""
_DESK_ENDS: Final = (CLOSED, "done", "busy", "no_answer")


@click.command("rehearse")
@flow_choice
@value_options
@click.option(
    "--pace",
    type=click.Choice([each.value for each in Pace]),
    default=Pace.NORMAL.value,
    show_default=True,
)
@click.option(
    "--desk",
    type=click.Choice(_DESK_ENDS),
    default=CLOSED,
    show_default=True,
    help="How a transfer to the bank's desk ends.",
)
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the session as a transcript, which can be replayed.",
)
@click.option(
    "--replay",
    "transcript",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Play a transcript instead, and say where the call goes otherwise.",
)
def command(
    *,
    name: str,
    folder: Path,
    language: str | None,
    bank: str | None,
    wallet: str | None,
    amount: int,
    pace: str,
    desk: str,
    save: Path | None,
    transcript: Path | None,
) -> None:
    """Be the depositor of FLOW: hear what is said, press keys, see how it ends. Nobody is called."""
    if save and desk != CLOSED:
        raise click.UsageError("A transcript knows no desk hours: leave out --desk, or --save.")
    flow = choose_flow(folder, name)
    script = read_transcript(transcript) if transcript else None
    called = _called(script, flow.name, choose_language(flow, language), Pace(pace))
    choose_language(flow, called.language)
    values = choose_values(flow, bank, wallet, amount)
    phone = ConversationPhone(flow, called, values, desk)
    if script:
        _replay(script, phone)
        return
    session = Session(phone, called, values)
    click.echo(f"{flow.name} in {called.language}, {called.pace} pace.\n{_HELP}")
    _play(session, flow.mode)
    if save:
        save.write_text(session.transcript(), encoding="utf-8")
        click.echo(f"{save} is written.")


def _called(script: Transcript | None, flow: str, language: str, pace: Pace) -> Called:
    if script is None:
        return Called(flow=flow, language=language, pace=pace)
    if script.called.flow != flow:
        raise click.UsageError(f"The transcript is of {script.called.flow}, not of {flow}.")
    return script.called


def _replay(script: Transcript, phone: ConversationPhone) -> None:
    try:
        replay(script, phone)
    except Differs as difference:
        raise click.ClickException(f"{script.name}: {difference}") from difference
    click.echo(f"{script.name} goes as it is written, and ends with {script.ends}.")


def _play(session: Session, mode: Mode) -> None:
    if mode is Mode.KEYIN:
        click.echo(f"The page shows {session.phone.passcode}.")
    _tell(session)
    while not session.is_over:
        try:
            if session.is_at_desk:
                session.leave_desk()
                _tell(session)
            else:
                _act(session)
        except HonninError as error:
            click.echo(f"  {error}")
    click.echo(f"\nends: {session.phone.ending()}, after {session.seconds:.1f} s")


def _tell(session: Session) -> None:
    """Tell what is heard now, and what the call listens for."""
    click.echo(f"\n  {written(session.phone.passages())}")
    question = session.question
    if question:
        what = "one key" if question.collect is Collect.KEY else f"{DIGITS} digits"
        click.echo(f"  [{session.seconds:.1f} s so far; listens for {what}]")
    if session.is_at_desk:
        click.echo("  [transferred to the desk]")
    if ending := session.phone.ending():
        click.echo(f"  [{ending}]")


def _act(session: Session) -> None:
    """Read one line, and do what it says; the end of the input puts the receiver down."""
    click.echo("> ", nl=False)
    line = sys.stdin.readline()
    word, _, rest = line.strip().partition(" ")
    match word:
        case "h":
            session.hang_up()
        case "" if not line:
            session.hang_up()
        case "t":
            _type(session, rest.strip())
        case "w" if rest.strip().isascii() and rest.strip().isdigit():
            session.wait(int(rest))
        case keys if set(keys) <= KEYS and not rest:
            session.press(keys)
            _tell(session)
        case _:
            click.echo(_HELP)


def _type(session: Session, typed: str) -> None:
    phone = session.phone
    passcode = {"right": phone.passcode, "wrong": phone.wrong}.get(typed, typed)
    if len(passcode) != DIGITS or not passcode.isascii() or not passcode.isdigit():
        click.echo(f"  type right, wrong or {DIGITS} digits")
        return
    session.type(passcode)
    told = phone.ending() or "that was wrong; the call goes on"
    click.echo(f"  the page: {told}")
