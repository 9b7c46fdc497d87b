"""A house in which many telephones are in use at once, served by several gunicorn processes.

Knows how `ivr demo` wires its processes. Does not know what is tried in the house.
"""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from ivr.adapters.client_file import add_client
from ivr.adapters.embedded_server import EmbeddedServer
from ivr.cli.children import kept, web, worker
from ivr.cli.demo import Stage, copy_configuration, free_port
from ivr.cli.keys import new_key, new_master_key
from ivr.cli.processes import Child, Family
from ivr.settings import read_settings
from tests.end_to_end.conftest import House

WEB_PROCESSES = 3


def account_of(number: int) -> str:
    """The account of a telephone by its number in the table."""
    return f"301-{number:07}"


@contextmanager
def busy_house(folder: Path, phones: int, behaviour: str, speed: float) -> Iterator[House]:
    """Open a house with telephones that all behave so (a TOML table)."""
    furnish(folder, phones, behaviour)
    api, page = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    with EmbeddedServer(folder / "valkey") as server, Family() as family:
        environment = environment_of(folder, api, page, server.url)
        wanted = {"bank": "honnin", "scopes": ["read", "verify"], "callback_prefixes": [page]}
        clients = read_settings(environment).clients_file
        key = add_client(clients, "busy", {**wanted, "source_addresses": []})
        family.start(
            web(urlsplit(api).netloc, environment, folder / "web.log"),
            worker(environment, folder / "worker.log"),
            simulator_of(environment, folder, speed),
        )
        stage = Stage(api=api, page=page, environment=environment, key=key)
        yield House(stage=stage, folder=folder, family=family)


def furnish(folder: Path, phones: int, behaviour: str) -> None:
    """Write the configuration, the accounts, and their telephones, which all behave so."""
    copy_configuration(folder)
    numbers = [f"+8190{number:08}" for number in range(10_000_000, 10_000_000 + phones)]
    registry = "".join(
        f"honnin,{account_of(place)},{number},2016-04-01\n" for place, number in enumerate(numbers)
    )
    (folder / "config" / "accounts.csv").write_text("bank,account,number,since\n" + registry)
    (folder / "phones.toml").write_text(
        "".join(
            f'[[phone]]\nid = "phone{place}"\nnumber = "{number}"\n'
            f'label = {{en = "phone"}}\nbehaviour = {behaviour}\n'
            for place, number in enumerate(numbers)
        )
    )


def environment_of(folder: Path, api: str, page: str, redis_url: str) -> dict[str, str]:
    """Return the settings of a house, with secrets of its own."""
    return {
        **kept(os.environ),
        "IVR_MASTER_KEYS": new_master_key(),
        "IVR_LASTING_KEY": new_key(),
        "IVR_CARRIER_ACCOUNT": f"AC{secrets.token_hex(16)}",
        "IVR_CARRIER_TOKENS": secrets.token_hex(16),
        "IVR_ALLOW_HTTP": "yes",
        "IVR_PUBLIC_URL": api,
        "IVR_CARRIER_URL": page,
        "IVR_REDIS_URL": redis_url,
        "IVR_CONFIG": str(folder / "config"),
        "IVR_CALLFLOWS": "callflows",
        "IVR_DATA": str(folder),
        "IVR_WEB_PROCESSES": str(WEB_PROCESSES),
        "IVR_METRICS_BIND": str(free_port()),
        "IVR_WORKER_METRICS_BIND": str(free_port()),
    }


def simulator_of(environment: dict[str, str], folder: Path, speed: float) -> Child:
    """Return the telephone network of a house."""
    page = environment["IVR_CARRIER_URL"]
    own = {
        "SIM_PORT": str(urlsplit(page).port),
        "SIM_ACCOUNT_SID": environment["IVR_CARRIER_ACCOUNT"],
        "SIM_AUTH_TOKEN": environment["IVR_CARRIER_TOKENS"],
        "SIM_SPEED": str(speed),
        "SIM_PHONES": str(folder / "phones.toml"),
    }
    return Child(
        name="simulator",
        arguments=[sys.executable, "-m", "ivr.simulator"],
        environment={**kept(os.environ), **own},
        ready=f"{page}/sim/phones",
        log=folder / "simulator.log",
    )
