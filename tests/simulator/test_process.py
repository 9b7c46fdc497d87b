"""The stand-in as a process: how it starts, refuses to, is silent, and ends."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ivr.simulator.server import NotLoopbackError, PortTakenError, listen
from tests.simulator.running import ROOT, SID, TOKEN, Product, ask, client, started, until
from tests.simulator.world import BANK_NUMBER, response


def test_nothing_that_was_called_pressed_or_signed_stands_in_its_output(
    tmp_path: Path, product: Product
) -> None:
    product.documents = {"/voice": response('<Gather numDigits="6" action="/keys"/>')}
    with started(tmp_path) as (process, url):
        steps = [{"question": True, "press": "012345"}]
        ask("PUT", f"{url}/sim/phones/jiro", {"behaviour": {"kind": "script", "steps": steps}})
        client(url).calls.create(to="+819012345603", from_=BANK_NUMBER, url=f"{product.url}/voice")
        until(lambda: [form for _path, form, _h in product.asked if "Digits" in form])
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        rest = process.stdout.read() if process.stdout else ""
    assert rest == ""
    assert (tmp_path / "err").read_text() == ""


def test_it_ends_at_once_while_a_hook_is_unanswered(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, started(tmp_path) as (process, url):
        hook = f"http://127.0.0.1:{mute.getsockname()[1]}/voice"
        client(url).calls.create(to="+819012345603", from_=BANK_NUMBER, url=hook)
        connection, _address = mute.accept()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        connection.close()


def test_the_sample_banks_page_is_served_when_it_is_set(tmp_path: Path) -> None:
    bank = {
        "SIM_API_URL": "http://127.0.0.1:9",
        "SIM_API_KEY": "key",
        "SIM_CALLBACK_SECRETS": "whsec_c2VjcmV0",
        "SIM_PUBLIC_URL": "http://127.0.0.1:9",
    }
    with started(tmp_path, **bank) as (_process, url):
        answered = ask("GET", f"{url}/bank/depositors")
    assert answered["depositors"][0]["phone"] == "hanako"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SIM_AUTH_TOKEN": ""}, "SIM_AUTH_TOKEN"),
        ({"SIM_PORT": "seventy"}, "SIM_PORT"),
        ({"SIM_SPEED": "0"}, "SIM_SPEED"),
        ({"SIM_HOST": "0.0.0.0"}, "this machine only"),  # noqa: S104 - refused, which is the test
        ({"SIM_PHONES": "/nowhere.toml"}, "phones"),
        ({"SIM_VOICE_URLS": "+81345678900"}, "SIM_VOICE_URLS"),
        ({"SIM_SIGNING_KEY": "k"}, "SIM_SIGNING_SECRET"),
        ({"SIM_API_URL": "http://127.0.0.1:9"}, "SIM_API_KEY"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(
    tmp_path: Path, changes: dict[str, str], named: str
) -> None:
    with started(tmp_path, **changes) as (process, _url):
        assert process.wait(60) == 2
    complaint = (tmp_path / "err").read_text()
    assert named in complaint
    assert complaint.count("\n") == 1
    assert TOKEN not in complaint


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.com", "::", ""])  # noqa: S104
def test_it_listens_on_this_machine_alone(host: str) -> None:
    with pytest.raises(NotLoopbackError):
        listen(host, 0)


def test_a_taken_port_is_named_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"{port}.*SIM_PORT"):
            listen("127.0.0.1", port)


PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-m", "ivr.simulator"])
print(child.pid, flush=True)
time.sleep(60)
"""


def test_it_ends_when_its_parent_is_killed() -> None:
    environment = {"PATH": os.environ["PATH"], "SIM_PORT": "0"}
    environment |= {"SIM_ACCOUNT_SID": SID, "SIM_AUTH_TOKEN": TOKEN}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert "listening" in parent.stdout.readline()
        parent.kill()
        parent.wait()
        until(lambda: not _lives(child))


def _lives(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2]
    except FileNotFoundError:
        return False
    return state.split()[0] != "Z"
