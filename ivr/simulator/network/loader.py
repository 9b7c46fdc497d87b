"""Getting the next document.

Knows inline documents, redirects of HTTP, and that only the last one asked for counts. Does not
know verbs, nor what is done about an error.
"""

from collections.abc import Callable
from urllib.parse import urljoin

from ivr.simulator.network import trouble, twiml
from ivr.simulator.network.calls import Source
from ivr.simulator.network.document import read_reply
from ivr.simulator.network.near_end import NearEnd
from ivr.simulator.network.reply import Reply
from ivr.simulator.network.trouble import TwimlError
from ivr.simulator.network.verbs import Document

MOST_REDIRECTS = 5
KEEPS_METHOD = frozenset({307, 308})
REDIRECTS = frozenset({301, 302, 303}) | KEEPS_METHOD
Fields = tuple[tuple[str, str], ...]
Loaded = Callable[[Document, Source], None]
Failed = Callable[[TwimlError, Source], None]


class Loader:
    """Asks for documents on behalf of one line."""

    def __init__(self, line: NearEnd, *, loaded: Loaded, failed: Failed) -> None:
        self._line = line
        self._loaded, self._failed = loaded, failed
        self._turn = 0

    def forget(self) -> None:
        """Let what is still under way come to nothing."""
        self._turn += 1

    def load(self, source: Source, fields: Fields = ()) -> None:
        """Get a document; another one under way comes to nothing."""
        self.forget()
        if source.twiml:
            self._read(lambda: twiml.read(source.twiml), source)
        else:
            self._ask(source, fields, hops=MOST_REDIRECTS)

    def _ask(self, source: Source, fields: Fields, *, hops: int) -> None:
        turn = self._turn

        def arrived(reply: Reply) -> None:
            if turn != self._turn:
                return
            place = reply.header("location")
            if reply.failure is None and reply.status in REDIRECTS and place:
                self._follow(_moved(source, reply.status, place), fields, hops=hops - 1)
            else:
                self._read(lambda: read_reply(reply, url=source.url), source)

        self._line.fetch("voice", source, fields, arrived)

    def _follow(self, source: Source, fields: Fields, *, hops: int) -> None:
        if hops:
            self._ask(source, fields, hops=hops)
        else:
            many = TwimlError(trouble.TOO_MANY_REDIRECTS, "HTTP too many redirects")
            self._failed(many, source)

    def _read(self, read: Callable[[], Document], source: Source) -> None:
        try:
            document = read()
        except TwimlError as wrong:
            self._failed(wrong, source)
        else:
            self._loaded(document, source)


def _moved(source: Source, status: int, place: str) -> Source:
    method = source.method if status in KEEPS_METHOD else "GET"
    return Source(url=urljoin(source.url, place), method=method)
