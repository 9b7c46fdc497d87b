"""The desks of a demonstration: open whenever somebody plays.

Knows the configuration's file. Does not know who answers there: the simulator does.
"""

from __future__ import annotations

from pathlib import Path

import tomlkit

from ivr.settings.desks import WEEK


def open_desks(config: Path) -> None:
    """Keep the desks open day and night: whoever plays may do so on a Sunday."""
    path = config / "banks.toml"
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    for desk in document.get("desk", {}).values():
        desk.update(dict.fromkeys(WEEK, "00:00-24:00") | {"public_holidays": "", "holidays": []})
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
