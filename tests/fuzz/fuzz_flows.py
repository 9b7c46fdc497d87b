"""Coverage-guided fuzzing of all that stands between a file and a call: `python -m tests.fuzz.fuzz_flows`.

Begins from the corpora of `tests/callflows`, and mutates bytes with a dictionary of the language's
words. Stops at the first input that crashes, takes longer than two seconds, or is accepted and then
leads a call to a passcode before consent; that input is left in a file. Arguments go to libFuzzer:

    .venv/bin/pip install atheris
    nice -n 19 .venv/bin/python -m tests.fuzz.fuzz_flows -max_total_time=900

What comes of it is printed every five thousand inputs: how many were accepted and walked, and the slowest.
"""

import random
import re
import sys
import tempfile
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ivr", "yaml"]):
    from ivr.adapters.flows.compiler import compile_flows
    from ivr.adapters.flows.faults import Faults
    from ivr.adapters.flows.times import Served
    from ivr.domain.callflow import CallFlow, Pace
    from ivr.settings import read_files
    from tests.domain.walks import walk

LIMIT = 2.0
WALKS = 3
TELL_EVERY = 5000
NAME = re.compile(rb"^flow: *([a-z0-9-]+)", re.MULTILINE)
CORPUS = Path("tests/callflows")
DICTIONARY = Path(__file__).with_name("flows.dict")
FILES = read_files(Path("config"), [])
SERVED = Served(banks=FILES.banks, wallets=FILES.wallets)
PARTS = {str(file): file.read_bytes() for file in Path("callflows/parts").glob("*.yaml")}


class Tally:
    """What came of all inputs so far."""

    tried = accepted = walked = 0
    slowest = 0.0

    def tell(self) -> None:
        """Print it."""
        print(  # noqa: T201 - a script's result
            f"{self.tried} inputs, {self.accepted} accepted, {self.walked} calls walked, "
            f"slowest {self.slowest:.2f} s",
            flush=True,
        )


TALLY = Tally()


def try_one(data: bytes) -> None:
    """Check one file; walk what is accepted. Raises where something is not as it must be."""
    found = NAME.search(data)
    file = f"callflows/{found[1].decode() if found else 'plain'}.yaml"
    begun = time.process_time()
    faults = Faults()
    flows = compile_flows(
        {**PARTS, file: data} if b"include" in data else {file: data}, faults, SERVED
    )
    faults.written()
    taken = time.process_time() - begun
    TALLY.tried += 1
    if TALLY.tried % TELL_EVERY == 0:
        TALLY.tell()
    TALLY.slowest = max(TALLY.slowest, taken)
    assert taken < LIMIT, f"{taken:.1f} s"
    assert flows or faults, "neither a flow nor a fault"
    if not faults:
        TALLY.accepted += 1
        for flow in flows:
            walk_some(flow, random.Random(len(data)))  # noqa: S311 - the same walks for the same input


def walk_some(flow: CallFlow, chance: random.Random) -> None:
    """Walk a flow at random; the walk itself watches what must hold."""
    for _ in range(WALKS):
        language, pace = chance.choice(sorted(flow.voices)), chance.choice(list(Pace))
        walk(flow, language, pace, chance.choice)
        TALLY.walked += 1


def main() -> None:
    """Fuzz until libFuzzer is told to stop."""
    with tempfile.TemporaryDirectory() as grown:
        seeds = [str(CORPUS / "good"), str(CORPUS / "broken"), "callflows"]
        atheris.Setup(
            [*sys.argv, f"-dict={DICTIONARY}", "-max_len=65536", "-timeout=30", grown, *seeds],
            try_one,
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
