"""Connecting to Redis or Valkey: one server, Sentinel or a cluster, by one URL.

Knows URLs, how long a server is waited for, and what must hold of it: version 7 or later, nothing is
ever evicted, and no write is taken that no replica would get where replicas are configured.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, urlsplit

import redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.cluster import ClusterNode
from redis.exceptions import RedisClusterException
from redis.retry import Retry
from redis.sentinel import Sentinel

from ivr.domain.errors import SettingsFault

_CONNECT_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 2.0
_TRIES_AGAIN: Final = 2
"""With the first try on a held line, a server that hangs costs a hook 8 s of the carrier's 15."""
_OLDEST: Final = 7
_PORTS: Final = {"redis+sentinel": 26379, "redis+cluster": 6379}
FORMS: Final = (
    "redis://host:port/0, rediss:// (TLS), unix:///path, redis+sentinel://host:port,host:port/NAME "
    "or redis+cluster://host:port,host:port"
)


def connect(url: str) -> redis.Redis:
    """Return a client for the server that `url` names; only a cluster is asked at once who has what.

    A request is sent again after a lost connection: every script of ours may be repeated.

    Raises:
        SettingsFault: the URL is of no form that is known (it is not printed: it may hold a password),
            or no server of a cluster answers.

    """
    check_form(url)
    scheme = url.partition(":")[0]
    options: dict[str, Any] = {
        "socket_connect_timeout": _CONNECT_SECONDS,
        "socket_timeout": _ANSWER_SECONDS,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.02), _TRIES_AGAIN),
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
                return _Cluster(startup_nodes=nodes, **login, **options)  # type: ignore[return-value]
            case _:
                return redis.Redis.from_url(url, **options)
    except ValueError as error:
        raise SettingsFault((f"IVR_REDIS_URL: must be {FORMS}",)) from error
    except RedisClusterException as error:
        raise SettingsFault(("IVR_REDIS_URL: no server of the cluster answers",)) from error


class _Cluster(redis.RedisCluster):
    """A cluster whose being away is a connection error, as it is with every other kind of server."""

    def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().execute_command(*args, **kwargs)  # type: ignore[no-untyped-call]
        except RedisClusterException as error:
            raise redis.ConnectionError(str(error)) from error


def check_form(url: str) -> None:
    """Refuse a URL of no form that is known, without connecting. Raises `SettingsFault`."""
    scheme, rest, _ = url.partition("://")
    if not rest or scheme not in {"redis", "rediss", "unix", *_PORTS}:
        raise SettingsFault((f"IVR_REDIS_URL: must be {FORMS}",))


def check_server(client: redis.Redis, min_replicas: int = 0) -> None:
    """Refuse a server, or a cluster in which a primary is one, that would lose what we keep.

    Raises:
        SettingsFault: too old, one that evicts, one that keeps nothing on disk, or one that takes
            writes without a replica where `min_replicas` are configured.
        redis.RedisError: it cannot be reached.

    """
    faults: dict[str, None] = {}
    for info in infos(client, "everything"):
        version = str(info.get("valkey_version") or info["redis_version"])
        if int(version.split(".", maxsplit=1)[0]) < _OLDEST:
            faults[f"the server is {version}; {_OLDEST} or later is needed"] = None
        policy = info.get("maxmemory_policy") or "noeviction"
        if policy != "noeviction":
            faults[f"the server evicts keys ({policy}); set maxmemory-policy noeviction"] = None
        if str(info["aof_enabled"]) != "1":
            faults[
                "the server keeps nothing on disk; set appendonly yes and appendfsync always"
            ] = None
        if min_replicas and "min_slaves_good_slaves" not in info:
            faults[
                "the server takes writes without a replica, and ivr.toml has min_replicas; "
                f"set min-replicas-to-write {min_replicas}"
            ] = None
    if faults:
        raise SettingsFault(tuple(f"IVR_REDIS_URL: {fault}" for fault in faults))


def infos(client: Any, section: str) -> list[dict[str, Any]]:
    """Return what the server says of itself; of a cluster, what each primary does."""
    if not isinstance(client, redis.RedisCluster):
        return [client.info(section)]
    found = client.info(section, target_nodes=redis.RedisCluster.PRIMARIES)
    return (
        list(found.values()) if all(isinstance(each, dict) for each in found.values()) else [found]
    )


def _by_sentinel(parts: SplitResult, options: dict[str, Any]) -> redis.Redis:
    name = parts.path.strip("/")
    if not name:
        raise ValueError
    patience = {
        "socket_timeout": _CONNECT_SECONDS,
        "socket_connect_timeout": _CONNECT_SECONDS,
        "retry": Retry(NoBackoff(), 0),  # the next sentinel is asked instead
    }
    sentinel = Sentinel(_hosts(parts), sentinel_kwargs=patience)  # type: ignore[no-untyped-call]
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
