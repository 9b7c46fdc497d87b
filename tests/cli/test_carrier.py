"""`ivr carrier` against a real server: what it lists, and who it has place calls."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.adapters.redis_client import connect
from ivr.cli.main import cli
from tests.settings.test_carriers import SECOND, TWO, configured
from tests.settings.test_read_settings import ENVIRONMENT

pytestmark = pytest.mark.real_server


def run(folder: Path, url: str, *words: str) -> Result:
    folder.mkdir(exist_ok=True)
    variables = {
        **ENVIRONMENT,
        **SECOND,
        "IVR_CONFIG": str(configured(folder, TWO)),
        "IVR_REDIS_URL": url,
        "IVR_DATA": str(folder),
    }
    return CliRunner(env=variables).invoke(cli, ["carrier", *words], catch_exceptions=False)


def test_staff_see_the_carriers_and_choose_one(real_server: str, tmp_path: Path) -> None:
    with connect(real_server) as client:
        client.flushall()
    listed = run(tmp_path, real_server, "list").output.splitlines()
    assert [line.split()[0] for line in listed] == ["main", "second"]
    assert "chosen" not in "".join(listed)
    used = run(tmp_path, real_server, "use", "second", "--person", "suzuki")
    assert used.output == "second places all calls.\n"
    listed = run(tmp_path, real_server, "list").output.splitlines()
    assert ["chosen by staff" in line for line in listed] == [False, True]
    assert run(tmp_path, real_server, "use", "--by-rule").exit_code == 0
    assert "chosen" not in run(tmp_path, real_server, "list").output


def test_a_carrier_that_is_none_is_refused(real_server: str, tmp_path: Path) -> None:
    refused = run(tmp_path, real_server, "use", "third")
    assert refused.exit_code == 2
    assert "there are main, second" in refused.output
    assert run(tmp_path, real_server, "use").exit_code == 2
