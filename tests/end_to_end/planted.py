"""Leaks on purpose, one through each place that is searched, so that the search can fail.

Knows how a careless change of the product would leak there. Each function plants a secret and gives
back how the place is read.
"""

import base64
import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import closing

import msgspec

from ivr.adapters.sql_archive import SqlArchive
from ivr.assembly import redis_parts
from ivr.cli.children import ROOT
from ivr.cli.processes import Child
from ivr.service.ports import Note
from ivr.settings import read_settings
from tests.end_to_end.commands import run_command
from tests.end_to_end.guises import KANA, full_width, in_words
from tests.end_to_end.sinks import (
    archive_traces,
    file_traces,
    process_traces,
)
from tests.end_to_end.tapped_house import PEOPLE, TappedHouse
from tests.end_to_end.traces import Trace

Read = Callable[[], Iterable[Trace]]
FORM = "application/x-www-form-urlencoded"


# Valkey.


def an_unsealed_record(tapped: TappedHouse, secret: str) -> Read:
    record = {"bank": "honnin", "state": "wanted", "number": secret}
    tapped.client.set("{p00}vunsealed", msgspec.msgpack.encode(record))
    return tapped.read_valkey


def a_key_named_by_it(tapped: TappedHouse, secret: str) -> Read:
    tapped.client.incr(f"{{p00}}tries:{secret}")
    return tapped.read_valkey


def a_key_named_by_its_hash(tapped: TappedHouse, secret: str) -> Read:
    digest = hashlib.blake2b(secret.encode(), digest_size=10).digest()
    name = "n" + base64.b32encode(digest).decode().lower()
    tapped.client.zadd(name, {b"wish": 1.0})
    return tapped.read_valkey


def a_member_of_a_set(tapped: TappedHouse, secret: str) -> Read:
    tapped.client.zadd("{p00}wanted", {hashlib.sha256(secret.encode()).digest()[:8]: 1.0})
    return tapped.read_valkey


def a_fingerprint_of_a_check(tapped: TappedHouse, secret: str) -> Read:
    body = json.dumps({"passcode": secret}).encode()
    tapped.client.set("iidempotency", hashlib.sha256(body).digest(), px=60_000)
    return tapped.read_valkey


def a_message_to_whoever_listens(tapped: TappedHouse, secret: str) -> Read:
    tapped.monitor.forget()
    tapped.client.publish("changed:v", f"passcode {secret}")
    return tapped.monitor.traces


def a_note_in_a_stream(tapped: TappedHouse, secret: str) -> Read:
    settings = read_settings(tapped.house.stage.environment)
    store, _ = redis_parts(tapped.client, settings)
    tapped.monitor.forget()
    store.note(None, [Note(kind="typed", at=1, detail={"passcode": secret})])
    return tapped.monitor.traces


def a_command_that_was_slow(tapped: TappedHouse, secret: str) -> Read:
    tapped.client.config_set("slowlog-log-slower-than", 0)
    tapped.client.get(f"account/{secret}")
    tapped.client.config_set("slowlog-log-slower-than", 10_000)
    return tapped.read_valkey


def a_value_that_was_deleted(tapped: TappedHouse, secret: str) -> Read:
    tapped.client.set("{p00}shortly", in_words(secret, KANA, "、"))
    tapped.client.delete("{p00}shortly")
    return lambda: file_traces(tapped.folder / "valkey")


# The archive, files, logs.


def a_note_in_the_archive(tapped: TappedHouse, secret: str) -> Read:
    _archive(tapped, Note(kind="typed", at=1, detail={"passcode": secret}))
    return lambda: archive_traces(tapped.archive)


def a_row_that_was_deleted(tapped: TappedHouse, secret: str) -> Read:
    with closing(sqlite3.connect(tapped.archive)) as archive, archive:
        row = (0, "0-0", 1, "v", secret, 1, 0, "{}")
        archive.execute("INSERT INTO notes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        archive.commit()
        archive.execute("DELETE FROM notes WHERE kind = ?", (secret,))
    return lambda: (
        trace for trace in file_traces(tapped.folder) if trace.place.startswith("archive")
    )


def a_line_in_the_log(tapped: TappedHouse, secret: str) -> Read:
    program = (
        "import logging, sys; from ivr.logs import start_logging; start_logging();"
        "logging.getLogger('ivr.web').info('called', extra={'number': sys.stdin.read()})"
    )
    with (tapped.folder / "logs" / "web.log").open("ab") as log:
        subprocess.run(
            [sys.executable, "-c", program], input=secret.encode(), stderr=log, cwd=ROOT, check=True
        )
    return lambda: file_traces(tapped.folder / "logs")


def a_hash_in_the_log(tapped: TappedHouse, secret: str) -> Read:
    with (tapped.folder / "logs" / "worker.log").open("a", encoding="utf-8") as log:
        log.write(f"called {hashlib.sha256(secret.encode()).hexdigest()[:16]}\n")
    return lambda: file_traces(tapped.folder / "logs")


def a_file_named_by_it(tapped: TappedHouse, secret: str) -> Read:
    (tapped.folder / "tmp" / f"{full_width(secret)}.wav").touch()
    return lambda: file_traces(tapped.folder / "tmp")


# Processes and commands.


def an_argument(tapped: TappedHouse, secret: str) -> Read:
    return _a_process(tapped, "argument", secret)


def a_variable(tapped: TappedHouse, secret: str) -> Read:
    return _a_process(tapped, "variable", "", ACCOUNT=secret)


def _a_process(tapped: TappedHouse, name: str, argument: str, **environment: str) -> Read:
    arguments = [sys.executable, "-c", "import time; time.sleep(60)", argument]
    tapped.house.family.start(Child(name=name, arguments=arguments, environment=environment))
    return lambda: process_traces(tapped.family_of)


def what_a_command_prints(tapped: TappedHouse, secret: str) -> Read:
    _archive(tapped, Note(kind="typed", at=2, detail={"passcode": secret}), "vprinted")
    return lambda: [run_command(tapped, ("verification", "show", "vprinted"), "")]


def a_reason_of_staff(tapped: TappedHouse, secret: str) -> Read:
    order = ("account", "unlock", "--bank", "honnin", "--reason", f"asked about {secret}")
    run_command(tapped, order, PEOPLE["victim"][0])
    return lambda: archive_traces(tapped.archive)


def _archive(tapped: TappedHouse, note: Note, verification: str = "v") -> None:
    archive = SqlArchive(f"sqlite:///{tapped.archive}")
    archive.add([(0, f"{note.at}-0", verification, [note])])
    archive.close()
