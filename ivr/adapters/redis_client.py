"""Connecting to Redis or Valkey: one server, Sentinel or a cluster, by one URL.

Knows URLs and what must hold of the server: version 7 or later, and nothing is ever evicted.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, urlsplit

import redis
from redis.backoff import ExponentialBackoff
from redis.cluster import ClusterNode
from redis.retry import Retry
from redis.sentinel import Sentinel

from ivr.domain.errors import SettingsFault

_CONNECT_SECONDS: Final = 2.0
_ANSWER_SECONDS: Final = 5.0
_OLDEST: Final = 7
_PORTS: Final = {"redis+sentinel": 26379, "redis+cluster": 6379}
FORMS: Final = (
    "redis://host:port/0, rediss:// (TLS), unix:///path, redis+sentinel://host:port,host:port/NAME "
    "or redis+cluster://host:port,host:port"
)


def connect(url: str) -> redis.Redis:
    """Return a client for the server that `url` names; nothing is sent yet.

    A request is sent again after a lost connection: every script of ours may be repeated.

    Raises:
        SettingsFault: the URL is of no form that is known. It is not printed: it may hold a password.

    """
    check_form(url)
    scheme = url.partition(":")[0]
    options: dict[str, Any] = {
        "socket_connect_timeout": _CONNECT_SECONDS,
        "socket_timeout": _ANSWER_SECONDS,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.02), 3),
    }
    try:
        match scheme:
            case "redis+sentinel":
                return _by_sentinel(urlsplit(url), options)
            case "redis+cluster":
                nodes = [
                    ClusterNode(host, port)  # type: ignore[no-untyped-call]
                    for host, port in _hosts(urlsplit(url))
                ]
                login = _login(urlsplit(url))
                # It offers the same commands, and is no subclass.
                return redis.RedisCluster(startup_nodes=nodes, **login, **options)  # type: ignore[return-value]
            case _:
                return redis.Redis.from_url(url, **options)
    except ValueError as error:
        raise SettingsFault((f"IVR_REDIS_URL: must be {FORMS}",)) from error


def check_form(url: str) -> None:
    """Refuse a URL of no form that is known, without connecting. Raises `SettingsFault`."""
    scheme, rest, _ = url.partition("://")
    if not rest or scheme not in {"redis", "rediss", "unix", *_PORTS}:
        raise SettingsFault((f"IVR_REDIS_URL: must be {FORMS}",))


def check_server(client: redis.Redis) -> None:
    """Refuse a server that would lose what we keep.

    Raises:
        SettingsFault: too old, one that evicts, or one that keeps nothing on disk.
        redis.RedisError: it cannot be reached.

    """
    faults = []
    version = str(
        _tell(client, "server", "valkey_version") or _tell(client, "server", "redis_version")
    )
    if int(version.split(".", maxsplit=1)[0]) < _OLDEST:
        faults.append(f"the server is {version}; {_OLDEST} or later is needed")
    policy = _tell(client, "memory", "maxmemory_policy") or "noeviction"
    if policy != "noeviction":
        faults.append(f"the server evicts keys ({policy}); set maxmemory-policy noeviction")
    if str(_tell(client, "persistence", "aof_enabled")) != "1":
        faults.append("the server keeps nothing on disk; set appendonly yes and appendfsync always")
    if faults:
        raise SettingsFault(tuple(f"IVR_REDIS_URL: {fault}" for fault in faults))


def _tell(client: redis.Redis, section: str, name: str) -> Any:
    """Ask for one line of INFO; of a cluster, its first node's."""
    info: dict[str, Any] = client.info(section)
    first = next(iter(info.values()), None)
    is_cluster = isinstance(first, dict) and name in first
    return first[name] if is_cluster and isinstance(first, dict) else info.get(name)


def _by_sentinel(parts: SplitResult, options: dict[str, Any]) -> redis.Redis:
    name = parts.path.strip("/")
    if not name:
        raise ValueError
    sentinel = Sentinel(_hosts(parts), socket_timeout=_CONNECT_SECONDS)  # type: ignore[no-untyped-call]
    found: redis.Redis = sentinel.master_for(name, **_login(parts), **options)  # type: ignore[no-untyped-call]
    return found


def _login(parts: SplitResult) -> dict[str, Any]:
    login: dict[str, Any] = {}
    if parts.username:
        login["username"] = parts.username
    if parts.password:
        login["password"] = parts.password
    if parse_qs(parts.query).get("tls") == ["1"]:
        login["ssl"] = True
    return login


def _hosts(parts: SplitResult) -> list[tuple[str, int]]:
    found = []
    for each in parts.netloc.rpartition("@")[2].split(","):
        host, _, port = each.partition(":")
        found.append((host, int(port or _PORTS[parts.scheme])))
    return found
