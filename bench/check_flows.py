"""How long the check of call flows takes, and how that grows: `python -m bench.check_flows`.

Prints the time over all that ships, and over made-up flows of 10, 100 and 1,000 steps, in one file and
spread over parts, with the ratio of each time to the one before. Ten times the steps should take about
ten times as long. Best of several runs; processor time, so that a busy machine does not count.
"""

import time
from collections.abc import Mapping
from pathlib import Path

from ivr.adapters.flows.compiler import compile_flows
from ivr.adapters.flows.faults import Faults
from ivr.adapters.flows.files import inspect_files, read_folder
from ivr.adapters.flows.times import Served
from ivr.settings import read_files

RUNS = 5
SIZES = (10, 100, 1000)
IN_A_PART = 100
PLAIN = Path("tests/callflows/good/plain.yaml").read_text(encoding="utf-8")
FILES = read_files(Path("config"), [])
LENIENT = Served(banks=FILES.banks, wallets=FILES.wallets)


def question(number: int) -> str:
    """Write a step that asks and leads to the next."""
    return f"""
  q{number}:
    ask:
      say: {{ja: "1か9を押してください。問い{number}。"}}
      keys: one
    on: {{"1": q{number + 1}, "9": not_me, silence: {{repeat: 1, then: bye}}, other: bye}}
"""


def flow_of(steps: int, *, parts: bool) -> dict[str, bytes]:
    """Make a flow with so many questions in a row, behind the plain one's first."""
    questions = [question(number) for number in range(steps)]
    questions.append(f"  q{steps}: {{say: {{ja: 終わり。}}, hang_up: true}}\n")
    text = PLAIN.replace("silence: {repeat: 2, then: bye}", "silence: {repeat: 2, then: q0}", 1)
    if not parts:
        return {"plain.yaml": (text + "".join(questions)).encode()}
    files: dict[str, bytes] = {}
    for start in range(0, len(questions), IN_A_PART):
        name = f"part{start}"
        steps_of_it = "".join(questions[start : start + IN_A_PART])
        files[f"parts/{name}.yaml"] = f"part: {name}\nsteps:\n{steps_of_it}".encode()
    named = ", ".join(files)
    files["plain.yaml"] = text.replace("start: ", f"include: [{named}]\nstart: ", 1).encode()
    return files


def best(files: Mapping[str, bytes]) -> float:
    """Check files several times and return the least seconds."""
    taken = []
    for _ in range(RUNS):
        begun = time.process_time()
        faults = Faults()
        compile_flows(files, faults, LENIENT)
        taken.append(time.process_time() - begun)
        beyond = [fault for fault in faults.in_order() if fault.kind != "limit"]
        if beyond:
            raise SystemExit(str(beyond[0]))
    return min(taken)


def main() -> None:
    """Measure and print."""
    folder = Path("callflows")
    shipped = read_folder(folder)
    faults = Faults()
    flows = inspect_files(shipped, folder, LENIENT, faults)
    if faults:
        raise SystemExit("\n".join(faults.written()))
    steps = sum(len(flow.steps) for flow in flows)
    seconds = best({str(folder / path): data for path, data in shipped.items()})
    print(f"shipped: {len(flows)} flows, {steps} steps: {seconds * 1000:.0f} ms")
    for parts in (False, True):
        before = 0.0
        for size in SIZES:
            seconds = best(flow_of(size, parts=parts))
            growth = f", {seconds / before:.1f} times the one before" if before else ""
            where = "in parts" if parts else "in one file"
            print(f"{size} steps {where}: {seconds * 1000:.0f} ms{growth}")
            before = seconds


if __name__ == "__main__":
    main()
