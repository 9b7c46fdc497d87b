"""Every script touches one slot and no key but those it names, so that a cluster can run it."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest
import redis
from redis.crc import key_slot
from redis.exceptions import NoPermissionError, ResponseError

from ivr.adapters import redis_gate_scripts as gates
from ivr.adapters import redis_scripts as scripts
from ivr.adapters import redis_stamped_scripts as stamped
from ivr.adapters.names import Names
from ivr.adapters.redis_line import TOUCH, tag_of
from ivr.adapters.redis_store import RedisStore
from ivr.adapters.seal import Sealer
from ivr.domain.record import Account
from ivr.service.gate_port import Bucket, Rate, Wish
from ivr.service.ports import Loaded
from tests.adapters.benches import KEYRING
from tests.adapters.records import new_record, note
from tests.redis_servers import Cluster

SOURCES = {
    name: source
    for name, source in {
        **vars(scripts),
        **vars(gates),
        **vars(stamped),
        "TOUCH": TOUCH,
    }.items()
    if name.isupper() and not name.startswith("_") and name != "NOW"
}
ANSWERS: dict[str, Any] = {
    scripts.LOAD: [1_763_780_400_000, None, None],
    scripts.SAVE: b"SAVED",
    scripts.SAVE_ACCOUNT: b"SAVED",
    stamped.CLAIM: [5, b"body-one" + bytes(17)],
    stamped.FIND_CLAIM: None,
    stamped.RESERVE: 0,
    stamped.RELEASE: 1,
    stamped.LATELY: [],
    scripts.TAKE: [],
    scripts.HAND_BACK: 0,
    scripts.READ_STORY: [],
    scripts.TRIM_STORY: 0,
    gates.ENTER: 0,
    gates.LEAVE: 0,
    gates.CHOOSE: [b"main", 0],
    gates.ANSWERED: 0,
    gates.CARRIERS: [[0, 0, 0]],
    scripts.OVERDUE: 0,
}


class Watcher:
    """Stands where a client stands and notes which keys each command names together."""

    def __init__(self) -> None:
        self.commands: set[tuple[str, ...]] = set()
        self.sources: set[str] = set()

    def register_script(self, source: str) -> Any:
        def run(keys: Sequence[str], args: Sequence[Any] = (), client: Any = None) -> Any:  # noqa: ARG001 - as redis-py's Script is called
            self.commands.add(tuple(keys))
            self.sources.add(source)
            return ANSWERS[source]

        return run

    def get(self, key: str) -> None:
        self.commands.add((key,))

    def set(self, key: str, _: bytes, **__: Any) -> None:
        self.commands.add((key,))

    def zrem(self, key: str, _: bytes) -> None:
        self.commands.add((key,))

    def zadd(self, key: str, _: Any, **__: Any) -> None:
        self.commands.add((key,))

    def xadd(self, key: str, _: Any) -> None:
        self.commands.add((key,))


def do_everything(store: RedisStore, bank: str, account: str) -> str:
    loaded = store.load_account(bank, account)
    record = new_record(store, loaded.now, account)
    own = record.verification.id
    store.load(own)
    store.save(loaded, record, [note()], due=1, keep=None)
    with_marks = Loaded(
        record=record,
        account=record.account,
        account_name=loaded.account_name,
        marks=(b"m" * 16, b"m" * 16),
        now=loaded.now,
    )
    store.save(with_marks, record, [], due=None, keep=1, pass_before=1)
    store.save_account(with_marks, Account(), [note()])
    store.claim(own.encode()[:16], own)
    store.find_claim(own.encode()[:16])
    store.reserve_call(own, own, per_hour=3, per_day=3)
    store.called_lately(own)
    store.release_call(own, own)
    store.note(own, [note()])
    store.note(None, [note()])
    store.look_again(own, 1)
    store.hand_back([own])
    store.forget_due(own)
    wish = Wish(name=own, owner=bank, can_wait=False, hold=1)
    store.enter(wish, [Bucket(name, Rate(per_second=1)) for name in ("bank:a", "carrier:b")])
    store.leave(own, ["bank:a", "carrier:b"])
    store.take_due(lease_ms=1, limit=1, partitions=[0])
    store.trim_notes(0, "1-1")
    store.assure(loaded)
    store.choose_carrier(["main", "second"])
    store.carrier_answered("main", fault=True)
    store.carrier_states(["main"])
    assert store.can_write()
    return own


@pytest.mark.parametrize("partitions", [1, 64, 1024])
def test_no_command_ever_names_keys_of_two_slots(partitions: int) -> None:
    watcher = Watcher()
    names = Names(KEYRING, partitions)
    store = RedisStore(cast("redis.Redis", watcher), names, Sealer(KEYRING))
    for number in range(2000):
        own = do_everything(store, "honnin", f"{number:03}-{number * 7919 % 10**7:07}")
        partition = names.partition_of(own[1:17])
        assert 0 <= partition < partitions
        tag = names.tag(partition)
        assert (tag + own, tag + own[1:17], tag + "due", tag + "story") in watcher.commands
    store.overdue()
    store.read_notes(1)
    store.take_due(lease_ms=1, limit=1)
    several = [keys for keys in watcher.commands if len(keys) > 1]
    assert len(several) > 4000
    for keys in several:
        assert len({key_slot(key.encode()) for key in keys}) == 1
    assert watcher.sources == set(SOURCES.values()) - {
        TOUCH
    }  # of one key, which has the other's tag


@pytest.mark.real_server
def test_the_servers_own_reckoning_of_slots_is_ours(cluster: Cluster) -> None:
    names = Names(KEYRING, 64)
    keys = [f"{names.tag(number % 64)}{names.new_id(f'{number:016}')}" for number in range(2000)]
    keys += [f"{{i{number % 256:02x}}}{number % 2}" for number in range(512)]
    keys += [names.number_name(f"+8190{number:08}") for number in range(1000)]
    keys += [f"{{{tag_of(key)}}}seen" for key in keys]
    with cluster.servers[0].client.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.execute_command("CLUSTER KEYSLOT", key)  # type: ignore[no-untyped-call]
        assert pipe.execute() == [key_slot(key.encode()) for key in keys]
    half = len(keys) // 2
    for key, seen in zip(keys[:half], keys[half:], strict=True):
        assert key_slot(key.encode()) == key_slot(seen.encode())


def test_partitions_are_spread_over_slots() -> None:
    names = Names(KEYRING, 64)
    slots = {key_slot(f"{names.tag(partition)}due".encode()) for partition in range(64)}
    assert len(slots) == 64


@pytest.mark.parametrize("name", SOURCES)
def test_a_script_is_written_with_declared_keys_only(name: str) -> None:
    source = SOURCES[name]
    commands = re.findall(r"redis\.call\('(\w+)'(?:, ([^,)]+))?", source)
    keyed = {key for command, key in commands if command not in {"TIME", "PUBLISH"}}
    assert keyed
    named = {"key", *re.findall(r"\b(\w+)\b(?=[\w, ]*= *KEYS\[)", source)}
    assert all(re.fullmatch(r"KEYS\[\d\]", key) or key in named for key in keyed)
    assert set(re.findall(r"\bis\((\S+),", source)) <= {"key", "KEYS[1]", "KEYS[2]"}


@pytest.fixture
def confined(real_server: str) -> Iterator[tuple[redis.Redis, redis.Redis]]:
    """The master of the server, and a user of it who may touch five keys and nothing else."""
    master = redis.Redis.from_url(real_server)
    master.flushall()
    master.acl_setuser(
        "confined",
        enabled=True,
        reset=True,
        passwords="+secret",
        categories=["+@all"],
        channels=["*"],
        keys=[ONE, TWO, DUE, STORY, OWN],
    )
    user = redis.Redis.from_url(real_server, username="confined", password="secret")
    yield user, master
    user.close()
    master.acl_deluser("confined")
    master.close()


ONE, TWO, DUE, STORY = "{p00}one", "{p00}two", "{p00}due", "{p00}story"
OWN = "{p00}own"
MARK, SEALED = b"mark", b"mark-and-value"
DIGITS = b"1" * 16
SAVES = [
    ["", "", SEALED, SEALED, "", "1", "id", "", b"notes", MARK, 0, "id"],
    [MARK, MARK, b"new!" + SEALED, DIGITS, "1000", "", "id", str(1 << 52), b"", b"new!", 0, "id"],
    [b"gone", b"gone", SEALED, SEALED, "", "", "id", "", b"", b"none", 0, "id"],
    [b"new!", DIGITS, SEALED, SEALED, "", "", "id", "1", b"", b"none", 0, "id"],
]
RUNS: dict[str, tuple[list[str], list[list[Any]]]] = {
    "LOAD": ([ONE, TWO], [[]]),
    "SAVE": ([ONE, TWO, DUE, STORY], SAVES),
    "SAVE_ACCOUNT": (
        [TWO, STORY],
        [["", SEALED, b"notes", "name"], [MARK, "", b"notes", "name"], [MARK, "", b"", "name"]],
    ),
    "CLAIM": ([ONE, TWO], [[b"n" * 8, "id"], [b"n" * 8, "id"]]),
    "FIND_CLAIM": ([ONE, TWO], [[b"n" * 8], [b"n" * 8]]),
    "RESERVE": ([DUE], [["wish", 1, 1], ["wish", 1, 1], ["other", 1, 1]]),
    "RELEASE": ([DUE], [["wish"]]),
    "LATELY": ([DUE], [[1000]]),
    "TAKE": ([DUE], [[1000, 5], [1000, 5]]),
    "HAND_BACK": ([DUE], [[0, "id", "gone"]]),
    "READ_STORY": ([STORY, OWN], [[10, "a", 1000], [10, "b", 1000]]),
    "TRIM_STORY": ([STORY, OWN], [["1-1", "b"], ["1-1", "a"]]),
    "ENTER": (
        [ONE, TWO, DUE, STORY, OWN],
        [["a", 0, 9000, 1, 1], ["a", 0, 9000, 1, 1], ["b", 0, 9000, 1, 1], ["b", 1, 9000, 0, 0]],
    ),
    "LEAVE": ([TWO, DUE, STORY], [["a"], ["b"]]),
    "CHOOSE": ([ONE], [["main", "second"]]),
    "ANSWERED": ([ONE], [["main", 1], ["main", 0]]),
    "CARRIERS": ([ONE], [["main", "second"]]),
    "TOUCH": ([ONE], [[], []]),
    "OVERDUE": ([DUE], [[]]),
}


@pytest.mark.real_server
@pytest.mark.parametrize("name", SOURCES)
def test_a_script_touches_no_key_that_it_does_not_name(
    confined: tuple[redis.Redis, redis.Redis], name: str
) -> None:
    user, master = confined
    keys, runs = RUNS[name]
    if name == "TAKE":
        master.zadd(DUE, {"id": 1})
    script = user.register_script(SOURCES[name])
    answers = [script(keys=keys, args=args) for args in runs]
    assert name != "SAVE" or answers == [b"SAVED", b"SAVED", b"LOST", b"LATE"]
    with pytest.raises((NoPermissionError, ResponseError)):
        script(keys=[key.replace("p00", "p01") for key in keys], args=runs[0])


@pytest.mark.real_server
def test_a_script_that_touched_another_key_would_be_noticed(
    confined: tuple[redis.Redis, redis.Redis],
) -> None:
    user, _ = confined
    script = user.register_script("return redis.call('GET', '{p00}three')")
    with pytest.raises((NoPermissionError, ResponseError), match="key"):
        script(keys=[ONE])
