import re
import subprocess
import sys
from pathlib import Path

import pytest

from ivr.cli.children import ROOT

pytestmark = [pytest.mark.real_server, pytest.mark.slow]


def test_a_process_that_is_killed_at_any_command_to_the_store_breaks_no_promise(
    real_server: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.servers.killing", real_server, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found = re.fullmatch(r"(\d+) points\n", done.stdout)
    assert found, done.stdout
    assert int(found[1]) >= 40
