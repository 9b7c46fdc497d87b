"""What the fragment of a hook's address asks of the sender: retries, and how long to wait.

Knows the fields `rc`, `rt` and `rp` with their defaults and limits; `ct`, `tt` and `e` are taken
and have no meaning here. Does not send anything.
Source: the carrier's page on webhook connection overrides.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from ivr.simulator.network.messages import LONGEST_WAIT, Failure, Reply

SHORTEST_WAIT = 0.1
MOST_RETRIES = 5
CLIENT_ERRORS, SERVER_ERRORS = range(400, 500), range(500, 600)


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """How often a hook is tried again, after which failures, and the seconds it may take."""

    retries: int = 1
    seconds: float = LONGEST_WAIT
    policies: frozenset[str] = frozenset({"ct"})

    def wants_retry(self, reply: Reply) -> bool:
        """Say whether such a reply is one after which to try again."""
        met = {
            "ct": reply.failure is Failure.CONNECT,
            "rt": reply.failure is Failure.TIMEOUT,
            "4xx": reply.failure is None and reply.status in CLIENT_ERRORS,
            "5xx": reply.failure is None and reply.status in SERVER_ERRORS,
        }
        wanted = met if "all" in self.policies else self.policies & met.keys()
        return any(met[policy] for policy in wanted)


def overrides(url: str) -> Overrides:
    """Read the fragment of an address; what is missing or makes no sense keeps its default."""
    given = dict(parse_qsl(urlsplit(url).fragment))
    kept = Overrides()
    policies = frozenset(filter(None, given.get("rp", "").split(",")))
    return Overrides(
        retries=min(_whole(given.get("rc"), kept.retries), MOST_RETRIES),
        seconds=_seconds(given.get("rt"), kept.seconds),
        policies=policies or kept.policies,
    )


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() else default


def _seconds(text: str | None, default: float) -> float:
    milliseconds = _whole(text, round(default * 1000))
    return min(max(milliseconds / 1000, SHORTEST_WAIT), LONGEST_WAIT)
