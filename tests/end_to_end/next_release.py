"""The release after this one, as its developers may write it: a copy of this one with a few edits.

It keeps one field more of each verification, tells more in its notes, and its scripts are others. What else may
change between two releases that run side by side, `docs/operations.md` says.
"""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ivr.cli.children import ROOT
from ivr.cli.processes import Child

_PARTS: Final = ("ivr", "callflows", "config", "wsgi.py")
NEWLY_TOLD: Final = "told_by_next"
"""A kind of note that this release does not know."""
_EDITS: Final = {
    "ivr/domain/record.py": {
        "    disputed_at: int = 0\n\n    def": "    disputed_at: int = 0\n    saves: int = 0\n\n    def",
    },
    "ivr/adapters/packed.py": {
        "None, (), 0,\n]": "None, (), 0, 0,\n]",
        "        verification.disputed_at,\n    ]": (
            "        verification.disputed_at,\n        verification.saves + 1,\n    ]"
        ),
        "checks, disputed_at, *_ = rest[14:]": "checks, disputed_at, saves, *_ = rest[14:]",
        '"disputed_at": disputed_at,\n': '"disputed_at": disputed_at,\n        "saves": saves,\n',
    },
    "ivr/service/calls.py": {
        'change.note("turn_taken", turn=address.turn, flow=flow.name)': (
            'change.note("turn_taken", turn=address.turn, flow=flow.name, '
            "saves=change.record.verification.saves)\n"
            f'        change.note("{NEWLY_TOLD}", saves=change.record.verification.saves)'
        ),
    },
    "ivr/adapters/redis_scripts.py": {
        'NOW: Final = """\n': 'NOW: Final = """\n-- the next release\n',
    },
}
"""What is there, and what stands there in the next release: `saves` counts those since this one last saved."""


@dataclass(frozen=True)
class NextRelease:
    """Where it lies."""

    root: Path

    def child(self, of_this_release: Child) -> Child:
        """Return the same process of the next release."""
        program, *others = of_this_release.arguments
        others = [each.replace(str(ROOT), str(self.root)) for each in others]
        there = ["env", f"--chdir={self.root}"]  # Python looks first where it is started
        return replace(of_this_release, arguments=[*there, program, *others])


def write_next_release(root: Path) -> NextRelease:
    """Write it into a folder that is not there yet."""
    root.mkdir()
    for part in _PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, root / part)
    for name, edits in _EDITS.items():
        text = (root / name).read_text(encoding="utf-8")
        for old, new in edits.items():
            assert text.count(old) == 1, (
                f"{name} has other words now; say here what it becomes: {old}"
            )
            text = text.replace(old, new)
        (root / name).write_text(text, encoding="utf-8")
    return NextRelease(root)
