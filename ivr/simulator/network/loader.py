"""Getting the next document.

Knows inline documents, redirects of HTTP, and that only the last one asked for counts. Does not
know verbs, nor what is done about an error.
"""

from collections.abc import Callable

from ivr.simulator.network import trouble, twiml
from ivr.simulator.network.addresses import join
from ivr.simulator.network.calls import Source
from ivr.simulator.network.document import read_reply
from ivr.simulator.network.messages import Reply
from ivr.simulator.network.near_end import NearEnd
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
                self._follow(source, reply.status, place, fields, hops=hops - 1)
            else:
                self._read(lambda: read_reply(reply, url=source.url), source)

        self._line.fetch("voice", source, fields, arrived)

    def _follow(
        self, source: Source, status: int, place: str, fields: Fields, *, hops: int
    ) -> None:
        if not hops:
            many = TwimlError(trouble.TOO_MANY_REDIRECTS, "HTTP too many redirects")
            self._failed(many, source)
            return
        try:
            url = join(source.url, place)
        except TwimlError as wrong:
            self._failed(wrong, source)
        else:
            method = source.method if status in KEEPS_METHOD else "GET"
            self._ask(Source(url=url, method=method), fields, hops=hops)

    def _read(self, read: Callable[[], Document], source: Source) -> None:
        try:
            document = read()
        except TwimlError as wrong:
            self._failed(wrong, source)
        else:
            self._loaded(document, source)
