"""Reading a TwiML document.

Knows the XML of each verb, what is an error and what only a warning. Does not play anything.
Stricter than the carrier in one thing: an unknown verb, which the carrier may only warn about and
leave out, ends the call as an application error here, so that it cannot go unnoticed.
Source: the carrier's pages on TwiML and on each verb.
"""

from collections.abc import Callable
from urllib.parse import quote
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from ivr.simulator.network import ssml, trouble
from ivr.simulator.network.attributes import Attributes
from ivr.simulator.network.speech import DEFAULT_LANGUAGE, heard
from ivr.simulator.network.trouble import Note, TwimlError
from ivr.simulator.network.verbs import (
    DIAL_SECONDS,
    GATHER_SECONDS,
    LONGEST_DIAL,
    Dial,
    Document,
    Gather,
    Hangup,
    Number,
    Pause,
    Play,
    Prompt,
    Redirect,
    Reject,
    Say,
    Verb,
)

LONGEST_SAY = 3000
LONGEST_SAY_ENCODED = 4500
KEYS = frozenset("0123456789#*")
METHODS = ("POST", "GET")


def read(body: str) -> Document:
    """Read a document.

    Raises:
        TwimlError: when it is not XML, not TwiML, or says what no voice can say.

    """
    root = _root(body)
    warnings: list[Note] = []
    verbs = tuple(_verb(element, warnings) for element in root)
    return Document(verbs=verbs, warnings=tuple(warnings))


def _root(body: str) -> Element:
    if "<!DOCTYPE" in body or "<!ENTITY" in body:
        raise TwimlError(trouble.NOT_XML, "Document parse failure: no document type is taken")
    try:
        root = ET.fromstring(body)  # noqa: S314 - entities were refused above
    except ET.ParseError as wrong:
        raise TwimlError(trouble.NOT_XML, f"Document parse failure: {wrong}") from wrong
    if root.tag != "Response":
        raise TwimlError(trouble.NOT_XML, "Document parse failure: the root is not <Response>")
    return root


def _verb(element: Element, warnings: list[Note]) -> Verb:
    reader = VERBS.get(element.tag)
    if reader is None:
        raise TwimlError(trouble.NOT_VALID, f"Schema validation: <{element.tag}> is not played")
    attributes = Attributes(element, warnings)
    verb = reader(element, attributes)
    attributes.warn_of_the_rest()
    return verb


def _say(element: Element, attributes: Attributes) -> Say:
    language = attributes.text("language", DEFAULT_LANGUAGE)
    pieces = ssml.pieces(element, language=language)
    text = heard(pieces)
    if len(text) > LONGEST_SAY or len(quote(text, safe="")) > LONGEST_SAY_ENCODED:
        raise TwimlError(trouble.SAY_TOO_LONG, "<Say> element character limits exceeded")
    return Say(
        pieces=pieces,
        language=language,
        voice=attributes.text("voice", "man"),
        loop=attributes.whole("loop", 1, least=0),
    )


def _play(element: Element, attributes: Attributes) -> Play:
    url = (element.text or "").strip()
    if not url:
        raise TwimlError(trouble.NOT_VALID, "Schema validation: <Play> needs an address")
    return Play(url=url, loop=attributes.whole("loop", 1, least=0))


def _pause(_element: Element, attributes: Attributes) -> Pause:
    return Pause(seconds=attributes.whole("length", 1, least=0))


def _gather(element: Element, attributes: Attributes) -> Gather:
    for name in SPEECH_ONLY:
        attributes.text(name, "")
    finish_on = attributes.text("finishOnKey", "#")
    if finish_on and finish_on not in KEYS:
        attributes.warn(
            trouble.WRONG_FINISHING_KEY, f"Gather: Invalid finishOnKey value {finish_on!r}"
        )
        finish_on = "#"
    return Gather(
        prompts=tuple(_prompt(child, attributes.warnings) for child in element),
        action=attributes.text("action", "") or None,
        method=attributes.choice("method", METHODS),
        takes_keys="dtmf" in attributes.text("input", "dtmf").split(),
        digits=attributes.whole("numDigits", 0, least=1) or None,
        seconds=attributes.whole("timeout", GATHER_SECONDS, least=1),
        finish_on=finish_on,
        action_on_empty=attributes.choice("actionOnEmptyResult", ("false", "true")) == "true",
    )


def _prompt(element: Element, warnings: list[Note]) -> Prompt:
    match _verb(element, warnings):
        case Say() | Play() | Pause() as prompt:
            return prompt
        case _:
            raise TwimlError(trouble.NOT_VALID, f"Schema: <{element.tag}> is not for a <Gather>")


def _redirect(element: Element, attributes: Attributes) -> Redirect:
    url = (element.text or "").strip()
    return Redirect(url=url, method=attributes.choice("method", METHODS))


def _hangup(_element: Element, _attributes: Attributes) -> Hangup:
    return Hangup()


def _reject(_element: Element, attributes: Attributes) -> Reject:
    return Reject(reason=attributes.choice("reason", ("rejected", "busy")))


def _dial(element: Element, attributes: Attributes) -> Dial:
    for name in ("hangupOnStar", "answerOnBridge", "record", "ringTone"):
        attributes.text(name, "")
    strangers = [child.tag for child in element if child.tag != "Number"]
    if strangers:
        raise TwimlError(trouble.NOT_VALID, f"Schema: <{strangers[0]}> in <Dial> is not played")
    bare = (element.text or "").strip()
    numbers = tuple(_number(child, attributes.warnings) for child in element)
    if bare:
        numbers = (Number(number=bare), *numbers)
    if not numbers or not all(each.number for each in numbers):
        raise TwimlError(trouble.NOT_VALID, "Schema validation: <Dial> needs a number")
    return Dial(
        numbers=numbers,
        caller=attributes.text("callerId", ""),
        action=attributes.text("action", "") or None,
        method=attributes.choice("method", METHODS),
        seconds=attributes.whole("timeout", DIAL_SECONDS, least=1),
        time_limit=attributes.whole("timeLimit", LONGEST_DIAL, least=1),
    )


def _number(element: Element, warnings: list[Note]) -> Number:
    attributes = Attributes(element, warnings)
    for name in STATUS_ONLY:
        attributes.text(name, "")
    number = Number(
        number=(element.text or "").strip(),
        url=attributes.text("url", "") or None,
        method=attributes.choice("method", METHODS),
    )
    attributes.warn_of_the_rest()
    return number


STATUS_ONLY = ("statusCallback", "statusCallbackEvent", "statusCallbackMethod")
SPEECH_ONLY = (
    "bargeIn",
    "debug",
    "enhanced",
    "hints",
    "language",
    "maxSpeechTime",
    "partialResultCallback",
    "partialResultCallbackMethod",
    "profanityFilter",
    "speechModel",
    "speechTimeout",
)
VERBS: dict[str, Callable[[Element, Attributes], Verb]] = {
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
    "Gather": _gather,
    "Redirect": _redirect,
    "Hangup": _hangup,
    "Reject": _reject,
    "Dial": _dial,
}
