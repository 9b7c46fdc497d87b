"""The real browser that looks at pages. Knows how it is started; does not know what it looks at."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

_PROGRAM = Path("/usr/bin/chromium")
_PATIENCE = 60_000  # ms
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-sync",
    "--disable-component-update",
)

NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not _PROGRAM.exists(), reason="needs Debian's chromium: apt install chromium"
    ),
]


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Start a browser without a window, and end it."""
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_PROGRAM, args=_ARGUMENTS)
        yield chromium
        chromium.close()
