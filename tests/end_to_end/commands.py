"""Commands, right and wrong, and everything that they print.

Knows the command line and how to hold it wrongly. Commands run without a terminal, so that what is
asked for comes from standard input.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ivr.cli.children import ROOT
from tests.end_to_end.misuse import Held
from tests.end_to_end.tapped_house import CLIENT, TappedHouse
from tests.end_to_end.traces import Trace

Order = tuple[tuple[str, ...], str]  # arguments of `ivr`, and what is typed when it asks
_SHOW, _UNLOCK = (("account", each, "--bank") for each in ("show", "unlock"))


def telling_commands(held: Held, *verifications: str) -> list[Order]:
    """List commands that tell what there is."""
    return [
        *((("verification", "show", each), "") for each in (held.verification, *verifications)),
        ((*_SHOW, "honnin"), held.account),
        ((*_UNLOCK, "honnin", "--reason", "asked in person"), held.account),
        (("client", "list"), ""),
        (("config", "check"), ""),
    ]


def wrong_commands(held: Held) -> list[Order]:
    """List commands with wrong input."""
    account, number, code = held.account, held.number, held.code
    return [
        *((("verification", "show", each), "") for each in (account, number, code)),
        ((*_SHOW, "honnin"), number),
        ((*_SHOW, "honnin", number), account),
        ((*_SHOW, account), account),
        (("client", "add", account, "--bank", "honnin"), ""),
        (("client", "add", "new", "--bank", number), ""),
        (("client", "add", "new", "--bank", "honnin", "--scope", code), ""),
        (("client", "add", "new", "--bank", "honnin", "--callback", account), ""),
        (("client", "add", "new", "--bank", "honnin", "--from", number), ""),
        (("client", "revoke", account), ""),
        (("client", "revoke", CLIENT, "--key", code), ""),
        (("call", "test", number, "--bank", "honnin"), ""),
        (("demo", "--port", number), ""),
        ((account,), ""),
    ]


def run_commands(tapped: TappedHouse, orders: list[Order]) -> list[Trace]:
    """Run commands, each as a process of its own without a terminal; give what they print."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as terminals:
        return list(terminals.map(lambda order: run_command(tapped, *order), orders))


def run_command(tapped: TappedHouse, arguments: tuple[str, ...], typed: str, **more: str) -> Trace:
    """Run `ivr` with arguments; `more` is set in its environment."""
    said = subprocess.run(
        [sys.executable, "-m", "ivr", *arguments],
        env={**tapped.house.stage.environment, **more},
        cwd=ROOT,
        input=f"{typed}\n".encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        timeout=300.0,
        check=False,
    )
    place = " ".join(arguments)
    return Trace(sink="command", part="output", place=place, data=said.stdout)


def check_broken_configurations(tapped: TappedHouse, folder: Path, held: Held) -> Iterator[Trace]:
    """Let `ivr config check` tell what is wrong with files and variables that hold a number."""
    line = f"honnin,{held.account},{held.number}"
    for place, text in {
        "accounts.csv": f"bank,account,number,since\n{line},{held.number}\n{line},\n{line},\n{line}\n",
        "banks.toml": f'[[bank]]\nid = "{held.account}"\nname = {{ja = "x"}}\ncaller_number = "{held.number}"\n'
        f'desk_number = "{held.number}"\nlanguage = "ja"\nwallets = ["kumopay"]\n',
        "clients.toml": f'[[client]]\nid = "{held.code}"\nkeys = "{held.number}"\n',
    }.items():
        config = folder / f"broken-{place}"
        shutil.copytree(tapped.folder / "config", config)
        (config / place).write_text(text, encoding="utf-8")
        yield run_command(tapped, ("config", "check"), "", IVR_CONFIG=str(config))
    wrong = dict.fromkeys(("IVR_ROLE", "IVR_MASTER_KEYS", "IVR_PUBLIC_URL"), held.number)
    yield run_command(tapped, ("config", "check"), "", **wrong, IVR_CARRIER_TOKENS=f"{line} a b")
