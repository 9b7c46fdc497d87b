"""From what a web server answered to a document to play.

Knows content types, sizes and HTTP failures as the carrier takes them. Does not send anything.
Source: the carrier's page "TwiML: your response", and its errors 11200, 11205, 11750, 12300.
"""

from ivr.simulator.network import trouble, twiml
from ivr.simulator.network.messages import Failure, Reply
from ivr.simulator.network.speech import DEFAULT_LANGUAGE, Piece
from ivr.simulator.network.trouble import Note, TwimlError
from ivr.simulator.network.verbs import Document, Hangup, Play, Say

LARGEST = 64 * 1024
XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
READ_ALOUD = Note(code=trouble.WRONG_CONTENT_TYPE, message="text/plain is read aloud as it is")
FAILURES = {
    Failure.CONNECT: (trouble.CONNECTION_FAILED, "HTTP connection failure"),
    Failure.TIMEOUT: (trouble.TIMED_OUT, "HTTP communication total time out triggered"),
}


def read_reply(reply: Reply, *, url: str) -> Document:
    """Make a document of a reply; plain text is read aloud as it is, in an English voice.

    Raises:
        TwimlError: for anything that the carrier takes as an application error.

    """
    check(reply)
    kind = reply.content_type
    if kind.startswith("audio/"):
        return Document(verbs=(Play(url=url), Hangup()))
    if len(reply.body) > LARGEST:
        raise TwimlError(trouble.TOO_LARGE, "TwiML response body too large: over 64 KB")
    body = reply.body.decode("utf-8", errors="replace")
    if kind in XML_TYPES:
        return twiml.read(body)
    if kind == "text/plain":
        aloud = Say(pieces=(Piece(text=body),), language=DEFAULT_LANGUAGE, voice="man")
        return Document(verbs=(aloud, Hangup()), warnings=(READ_ALOUD,))
    raise TwimlError(trouble.WRONG_CONTENT_TYPE, f"Invalid Content-Type: {kind or 'none'}")


def check(reply: Reply) -> None:
    """Pass a reply that came and says 2xx.

    Raises:
        TwimlError: 11205 no connection, 11203 no answer in time, 11200 anything but 2xx.

    """
    if reply.failure is not None:
        code, message = FAILURES[reply.failure]
        raise TwimlError(code, message)
    if not reply.ok:
        raise TwimlError(trouble.HTTP_FAILED, f"HTTP retrieval failure: status {reply.status}")
