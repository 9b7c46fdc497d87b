"""Real servers that belong together: a cluster, and a primary with replicas and sentinels.

Knows how they are started, found, killed and started again, on loopback ports and in folders of their
own; all end with the test, also when it is killed. Does not know what is kept in them.
"""

import os
import platform
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ivr.adapters.embedded_server import find_program
from ivr.adapters.kept_process import Command, KeptProcess

PRIMARIES = 3
SLOTS = 16_384
QUORUM = 2
NAME = "house"
_SETTINGS = """\
bind 127.0.0.1
save ""
appendonly yes
appendfsync always
maxmemory-policy noeviction
repl-diskless-sync yes
repl-diskless-sync-delay 0
repl-ping-replica-period 1
min-replicas-max-lag 2
loglevel warning
"""


class Server:
    """One server, which keeps its port, its folder and its file over kills and new starts."""

    def __init__(self, folder: Path, *settings: str, program: Sequence[str] = ()) -> None:
        folder.mkdir()
        self._before = program
        self.folder = folder
        self.port = free_port()
        self._settings = [*settings]
        self._process: KeptProcess | None = None
        self.client = client_of(self.port)

    def start(self, *more: str) -> None:
        """Start it, or start it again; return when it answers, or says that it is still loading."""
        lines = [_SETTINGS, f'port {self.port}\ndir "{self.folder}"', *self._settings, *more]
        self._run(["-"], "\n".join(lines).encode() + b"\n")

    def _run(self, arguments: list[str], stdin: bytes = b"") -> None:
        self.stop()
        program = find_program(platform.system(), platform.machine())
        with (self.folder / "log").open("ab") as log:
            self._process = KeptProcess(
                Command(
                    arguments=[*self._before, str(program), *arguments],
                    environment={"LC_ALL": "C"},
                    stdin=stdin,
                    output=log.fileno(),
                )
            )
        until(lambda: answers(self.client), f"server {self.port} answers")

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def kill(self) -> None:
        """Kill it: it has no time to say or write anything."""
        os.kill(self.pid, signal.SIGKILL)
        self.stop()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it hang: it is there and says nothing."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        if self._process:
            self._process.stop()
        self.client.close()

    def info(self, section: str) -> dict[str, Any]:
        return dict(self.client.info(section))

    def set_for_good(self, name: str, value: str) -> None:
        """Change a setting while it runs, and for every start to come."""
        self.set_now(name, value)
        self._settings.append(f"{name} {value}")

    def set_now(self, name: str, value: str) -> None:
        """Change a setting while it runs."""
        self.client.config_set(name, value)


class Sentinel(Server):
    """Watches the primary; keeps what it knows in a file, as sentinels must."""

    def start(self, *more: str) -> None:
        path = self.folder / "sentinel.conf"
        path.write_text(
            "\n".join([f"port {self.port}", "bind 127.0.0.1", *self._settings, *more]) + "\n"
        )
        self._run([str(path), "--sentinel"])


class Servers:
    """Servers that belong together."""

    url = ""

    def __init__(self, servers: list[Server]) -> None:
        self.servers = servers

    def has_role(self, role: str) -> list[Server]:
        """Return who is `master` or `slave` just now, of those who answer."""
        return [each for each in self.servers if role_of(each) == role]

    @property
    def primary(self) -> Server:
        return self.has_role("master")[0]

    def start_as_replica(self, server: Server) -> None:
        """Start a server again, as the replica of who is the primary by now."""
        server.start(f"replicaof 127.0.0.1 {self.primary.port}")

    def at(self, port: int) -> Server:
        return next(each for each in self.servers if each.port == port)

    def await_replicas(self, count: int) -> None:
        """Return when each primary has its replicas in step."""
        until(
            lambda: (
                all(
                    each.info("replication")["connected_slaves"] >= count
                    for each in self.has_role("master")
                )
                and all(
                    each.info("replication")["master_link_status"] == "up"
                    for each in self.has_role("slave")
                )
            ),
            f"each primary has {count} replicas",
        )

    def set_everywhere(self, name: str, value: str) -> None:
        for each in self.servers:
            each.set_now(name, value)


class Cluster(Servers):
    """Three primaries, each with a replica or with none."""

    def __init__(self, servers: list[Server]) -> None:
        super().__init__(servers)
        self.url = "redis+cluster://" + ",".join(f"127.0.0.1:{each.port}" for each in servers)

    def is_whole(self, but: Server | None = None) -> bool:
        """Tell whether every server, `but` for one, finds every slot served."""
        return all(
            _ask(each, "CLUSTER", "INFO").get("cluster_state") == "ok"
            for each in self.servers
            if each is not but
        )

    def await_whole(self) -> None:
        until(self.is_whole, "the cluster is whole")

    def id_of(self, server: Server) -> str:
        return str(server.client.execute_command("CLUSTER MYID").decode())  # type: ignore[no-untyped-call]

    def owner_of(self, slot: int) -> Server:
        """Return the primary that serves a slot."""
        rows: Any = self.has_role("master")[0].client.execute_command("CLUSTER SLOTS")  # type: ignore[no-untyped-call]
        for row in rows.values() if isinstance(rows, dict) else rows:
            if row[0] <= slot <= row[1]:
                return self.at(int(row[2][1]))
        raise LookupError(slot)


class Watched(Servers):
    """A primary with two replicas, and three sentinels."""

    def __init__(self, servers: list[Server], sentinels: list[Server]) -> None:
        super().__init__(servers)
        self.sentinels = sentinels
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in sentinels)
        self.url = f"redis+sentinel://{hosts}/{NAME}"

    @property
    def primary(self) -> Server:
        """Return whom the sentinels name."""
        _, port = self.sentinels[0].client.execute_command(  # type: ignore[no-untyped-call]
            "SENTINEL GET-PRIMARY-ADDR-BY-NAME", NAME
        )
        return self.at(int(port))


@contextmanager
def running_cluster(replicas: int = 1) -> Iterator[Cluster]:
    """Start the cluster and return when every slot is served and every replica in step."""
    with ExitStack() as stack:
        folder = _folder(stack)
        servers = []
        for number in range(PRIMARIES * (1 + replicas)):
            bus = free_port()
            settings = (
                f"cluster-enabled yes\ncluster-port {bus}\ncluster-node-timeout 1000\n"
                "cluster-replica-validity-factor 0\ncluster-allow-replica-migration no"
            )
            server = Server(folder / str(number), settings)
            stack.callback(server.stop)
            server.start()
            server.folder.joinpath("bus").write_text(str(bus))
            servers.append(server)
        cluster = Cluster(servers)
        _join(cluster)
        yield cluster


def _join(cluster: Cluster) -> None:
    first, *others = cluster.servers
    for number, each in enumerate(cluster.servers[:PRIMARIES]):
        bounds = (SLOTS * number // PRIMARIES, SLOTS * (number + 1) // PRIMARIES - 1)
        each.client.execute_command("CLUSTER ADDSLOTSRANGE", *bounds)  # type: ignore[no-untyped-call]
    for number, each in enumerate(cluster.servers):
        each.client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)  # type: ignore[no-untyped-call]
    bus = first.folder.joinpath("bus").read_text()
    for each in others:
        each.client.execute_command("CLUSTER MEET", "127.0.0.1", first.port, bus)  # type: ignore[no-untyped-call]
    for number, replica in enumerate(cluster.servers[PRIMARIES:]):
        own = cluster.id_of(cluster.servers[number % PRIMARIES])
        until(lambda replica=replica, own=own: _replicates(replica, own), "a replica has joined")  # type: ignore[misc]
    cluster.await_replicas(len(cluster.servers) // PRIMARIES - 1)
    cluster.await_whole()


def _replicates(replica: Server, primary: str) -> bool:
    try:
        return bool(replica.client.execute_command("CLUSTER REPLICATE", primary))  # type: ignore[no-untyped-call]
    except redis.ResponseError:  # they have not met yet
        return False


@contextmanager
def running_watched() -> Iterator[Watched]:
    """Start primary, replicas and sentinels; return when they know each other."""
    with ExitStack() as stack:
        folder = _folder(stack)
        primary = Server(folder / "0")
        replicas = [
            Server(folder / str(number), f"replicaof 127.0.0.1 {primary.port}") for number in (1, 2)
        ]
        watch = (
            f"sentinel monitor {NAME} 127.0.0.1 {primary.port} {QUORUM}\n"
            f"sentinel down-after-milliseconds {NAME} 600\n"
            f"sentinel failover-timeout {NAME} 3000"
        )
        sentinels: list[Server] = [Sentinel(folder / f"s{number}", watch) for number in range(3)]
        for each in (primary, *replicas, *sentinels):
            stack.callback(each.stop)
            each.start()
        watched = Watched([primary, *replicas], sentinels)
        watched.await_replicas(2)
        until(lambda: all(_knows_all(each) for each in sentinels), "the sentinels know each other")
        yield watched


def _knows_all(sentinel: Server) -> bool:
    found = sentinel.info("sentinel").get("master0", {})
    return (found.get("slaves"), found.get("sentinels")) == (2, 3)


def _folder(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ivr-servers-")))


def client_of(port: int) -> redis.Redis:
    """Return a client that neither waits nor tries again."""
    return redis.Redis(
        port=port, socket_timeout=2, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )


def answers(client: redis.Redis) -> bool:
    try:
        client.ping()
    except redis.BusyLoadingError:
        return True
    except redis.RedisError:
        return False
    return True


def role_of(server: Server) -> str:
    try:
        return str(server.info("replication")["role"])
    except redis.RedisError:
        return "gone"


def _ask(server: Server, *command: str) -> dict[str, Any]:
    try:
        answer: Any = server.client.execute_command(" ".join(command))  # type: ignore[no-untyped-call]
    except redis.RedisError:
        return {}
    if isinstance(answer, bytes):
        pairs = (line.partition(":") for line in answer.decode().split())
        return {name: value for name, _, value in pairs}
    return dict(answer)


def until(
    is_so: Callable[[], bool], what: str, seconds: float = 60.0, *, look: float = 0.02
) -> None:
    """Wait until something is so, and fail where it does not come."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s"
        time.sleep(look)


def free_port() -> int:
    """Return a port that nobody has just now, and not among those that clients are given."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
