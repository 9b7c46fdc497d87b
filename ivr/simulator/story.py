"""The demo that needs no browser: `python -m ivr.simulator.story`.

Knows the environment (SIM_PUBLIC_URL, SIM_API_URL, SIM_SPEED), how scenes are run side by side
and printed in order, and that all must end as expected: exit 0, else 1. The plot is in
`story_scenes.py`.
"""

import os
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ivr.simulator.story_proof import Proof, prove
from ivr.simulator.story_scenes import SCENES, Scene
from ivr.simulator.story_transcript import transcript
from ivr.simulator.story_world import Clock, Page, Phone, StuckError, Wire

EXIT_USAGE = 2


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Play all scenes, print each, and give the exit code."""
    missing = [name for name in ("SIM_PUBLIC_URL", "SIM_API_URL") if not environment.get(name)]
    if missing:
        _print(f"not set: {', '.join(missing)}")
        return EXIT_USAGE
    bank, api = Wire(environment["SIM_PUBLIC_URL"]), Wire(environment["SIM_API_URL"])
    clock = Clock(float(environment.get("SIM_SPEED") or 1))
    _print(f"{len(SCENES)} scenes. Time runs {clock.speed:g} times faster than real.")
    began = time.monotonic()
    good = play_all(bank, api, clock)
    took = time.monotonic() - began
    _print(f"{sum(good)} of {len(good)} verdicts are as expected; {took:.1f} s of real time.")
    return 0 if all(good) else 1


def play_all(bank: Wire, api: Wire, clock: Clock) -> list[bool]:
    """Play the scenes side by side and print them in order; afterwards the phones are as before."""
    facts = _facts(bank)
    before = _behaviours(bank)
    good = []
    try:
        with ThreadPoolExecutor(len(SCENES)) as stage:
            played = [stage.submit(play, scene, facts, bank, api, clock) for scene in SCENES]
            for number, (scene, result) in enumerate(zip(SCENES, played, strict=True), 1):
                proof, text = result.result()
                _print(f"{number}. {scene.title} ({scene.in_english})\n{text}\n")
                good.append(proof.good)
    finally:
        for phone, behaviour in before.items():
            bank.send("PUT", f"/sim/phones/{phone}", {"behaviour": behaviour})
    return good


def play(
    scene: Scene, facts: Mapping[str, Any], bank: Wire, api: Wire, clock: Clock
) -> tuple[Proof, str]:
    """Play one scene to its verdict, and check what three witnesses say of it."""
    person = facts[scene.depositor]
    page, phone = Page(bank, clock, person["facts"]["ja"]), Phone(bank, person["phone"])
    stuck = ""
    try:
        scene.play(page, phone)
        page.wait_for_verdict()
        phone.wait_for_end()
    except StuckError as error:
        stuck = str(error)
    proof = prove(scene, page, bank, api, stuck)
    return proof, transcript(scene, page, phone, proof)


def _facts(bank: Wire) -> dict[str, Any]:
    _, answer = bank.send("GET", "/bank/depositors")
    return {person["id"]: person for person in answer["depositors"]}


def _behaviours(bank: Wire) -> dict[str, Any]:
    _, phones = bank.send("GET", "/sim/phones")
    return {phone["id"]: phone["behaviour"] for phone in phones}


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
