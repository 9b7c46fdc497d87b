"""The language of call flows as a JSON Schema (2020-12), for editors that complete and check.

Derived from the tables of the readers: a field, outcome, voice or language that they learn is here
too, and one whose form is not said here stops the making. Knows the form of a file alone: whether a
step exists, and whether a flow is safe, `ivr flow check` tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ivr.adapters.flows.steps import (
    ASK_FIELDS,
    KEYS_ASKED,
    LONGEST_WAIT,
    SHORTEST_WAIT,
    STEP_FIELDS,
    STEP_OUTCOMES,
    WAYS_ON,
)
from ivr.adapters.flows.targets import DEMANDED, MAX_REPEAT, OUTCOMES, TARGET_FIELDS
from ivr.adapters.flows.text import IN, PAUSE
from ivr.adapters.flows.voices import VOICES
from ivr.adapters.flows.written_flow import FLOW_FIELDS, PART_FIELDS, STEP_NAME
from ivr.domain.callflow import (
    KEYS,
    NOT_ME_KEY,
    TRANSFER_ENDS,
    Collect,
    Mode,
    Pace,
    Purpose,
    Reading,
)
from ivr.domain.policy import PURPOSES_OF
from ivr.domain.reading import LANGUAGES
from ivr.domain.words import READINGS

Schema = dict[str, Any]
_CONSENT_KEYS: Final = KEYS - set(NOT_ME_KEY.values())
_WORDS: Final[Schema] = {"type": "string", "minLength": 1}
_STEP: Final[Schema] = {"type": "string", "minLength": 1, "description": "The name of a step."}
_TRUE: Final[Schema] = {"const": True}


def schema() -> Schema:
    """Return the schema of a call flow's file, and of a part's."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A call flow, or a part of call flows",
        "description": "How a call goes: see docs/call-flows.md. `ivr flow check` proves it safe.",
        "type": "object",
        "if": {"required": ["part"]},
        "then": {"$ref": "#/$defs/part"},
        "else": {"$ref": "#/$defs/flow"},
        "$defs": {
            "flow": _flow(),
            "part": _object(PART_FIELDS, {"part": _WORDS, "steps": _steps()}, required=PART_FIELDS),
            "step": _step(),
            "ask": _ask(),
            "target": _target(TARGET_FIELDS),
            "consent": _object(["consent"], {"consent": _STEP}, required=["consent"]),
            **{f"on_{collect}": _on(collect) for collect in Collect},
            "on_transfer": _object(
                sorted(TRANSFER_ENDS), dict.fromkeys(TRANSFER_ENDS, _STEP), required=TRANSFER_ENDS
            ),
            "texts": _by_language({"$ref": "#/$defs/text"}),
            "text": {"type": "string", "minLength": 1, "pattern": _text_pattern()},
        },
    }


def _flow() -> Schema:
    forms = {
        "flow": {**_WORDS, "description": "The name of the file."},
        "title": _by_language(_WORDS),
        "mode": _choice(Mode),
        "purpose": {"description": "For which requests; one, or a list."},
        "voices": {
            **_by_language({}),
            "properties": {each: _choice(VOICES[each]) for each in sorted(LANGUAGES)},
        },
        "include": {"type": "array", "items": _WORDS, "description": "Parts: parts/NAME.yaml."},
        "start": {**_STEP, "description": "The first step."},
        "decided": {**_STEP, "description": "Said when there is nothing left to do."},
        "apology": {**_STEP, "description": "Said when something fails."},
        "steps": _steps(),
    }
    optional = {"include", "purpose"}
    flow = _object(FLOW_FIELDS, forms, required=set(FLOW_FIELDS) - optional)
    return {**flow, "allOf": [_purpose_in(mode) for mode in Mode]}


def _purpose_in(mode: Mode) -> Schema:
    """Return what a mode can be asked for."""
    allowed: frozenset[Purpose] = PURPOSES_OF[mode]
    one = _choice(allowed)
    several = {"type": "array", "items": one, "minItems": 1, "uniqueItems": True}
    then: Schema = {"required": ["purpose"], "properties": {"purpose": {"anyOf": [one, several]}}}
    return {
        "if": {"properties": {"mode": {"const": mode.value}}, "required": ["mode"]},
        "then": then if allowed else {"properties": {"purpose": False}},
    }


def _steps() -> Schema:
    pattern = f"^{STEP_NAME.pattern}$"
    return {
        "type": "object",
        "propertyNames": {"pattern": pattern},
        "additionalProperties": {"$ref": "#/$defs/step"},
    }


def _step() -> Schema:
    texts = {"$ref": "#/$defs/texts"}
    forms: dict[str, Schema] = {
        "say": {**texts, "description": "Said to its end: no key stops it."},
        "audio": _by_language({**_WORDS, "description": "A file of callflows/audio."}),
        "ask": {"$ref": "#/$defs/ask"},
        "transfer": _choice(["desk"]),
        "staff": {**texts, "description": "What the desk's staff hear first."},
        "on": {"type": "object", "description": "Where each answer leads."},
        "then": {**_STEP, "description": "The next step, where nothing is asked."},
        "outcome": _choice(STEP_OUTCOMES),
        "hang_up": {**_TRUE, "description": "The end of the call."},
        "warning": {**_TRUE, "description": "The say is the warning."},
    }
    return {
        **_object(STEP_FIELDS, forms),
        "oneOf": [{"required": [way]} for way in WAYS_ON],
        "anyOf": [{"required": [each]} for each in ("say", "outcome", "ask", "transfer")],
        "dependentRequired": {
            "ask": ["on"],
            "transfer": ["on", "staff"],
            "staff": ["transfer"],
            "warning": ["say"],
        },
        "dependentSchemas": {"on": {"anyOf": [{"required": ["ask"]}, {"required": ["transfer"]}]}},
        "allOf": list(_answers()),
    }


def _answers() -> Iterator[Schema]:
    """Yield what `on` holds, by what is asked."""
    for keys, collect in KEYS_ASKED.items():
        asked = {"ask": {"properties": {"keys": {"const": keys}}}}
        on = {"on": {"$ref": f"#/$defs/on_{collect}"}}
        yield {"if": {"properties": asked, "required": ["ask"]}, "then": {"properties": on}}
    on = {"on": {"$ref": "#/$defs/on_transfer"}}
    yield {"if": {"required": ["transfer"]}, "then": {"properties": on}}


def _ask() -> Schema:
    waits = [f"{seconds}s" for seconds in range(SHORTEST_WAIT, LONGEST_WAIT + 1)]
    texts = {"$ref": "#/$defs/texts"}
    forms = {
        "say": {**texts, "description": "Said until a key stops it."},
        "audio": _by_language(_WORDS),
        "slowly": {**texts, "description": "Said instead at the slow pace."},
        "keys": {**_choice(KEYS_ASKED), "description": "One key, or a passcode of six digits."},
        "wait": {**_choice(waits), "description": "For a key, once all was said."},
    }
    return _object(ASK_FIELDS, forms, required=["say", "keys"])


def _on(collect: Collect) -> Schema:
    target = {"anyOf": [_STEP, {"$ref": "#/$defs/target"}]}
    consent = {"anyOf": [*target["anyOf"], {"$ref": "#/$defs/consent"}]}
    outcomes = sorted(OUTCOMES[collect])
    forms = {each: consent if each in _CONSENT_KEYS else target for each in outcomes}
    return _object(outcomes, forms, required=DEMANDED[collect] | {NOT_ME_KEY[collect]})


def _target(fields: Iterable[str]) -> Schema:
    forms = {
        "then": _STEP,
        "repeat": {"type": "integer", "minimum": 1, "maximum": MAX_REPEAT},
        "via": _STEP,
        "language": _choice(LANGUAGES),
        "pace": _choice(Pace),
    }
    plain = [each for each in fields if each != "consent"]
    return {
        **_object(plain, forms, required=["then"]),
        "dependentRequired": {"via": ["repeat"]},
    }


def _by_language(form: Schema) -> Schema:
    return {
        "type": "object",
        "properties": dict.fromkeys(sorted(LANGUAGES), form),
        "additionalProperties": False,
        "minProperties": 1,
    }


def _object(
    fields: Iterable[str], forms: Mapping[str, Schema], *, required: Iterable[str] = ()
) -> Schema:
    """Return a table whose fields are known, each with its form; a field without one is a `KeyError`."""
    made: Schema = {
        "type": "object",
        "properties": {field: forms[field] for field in fields},
        "additionalProperties": False,
    }
    if wanted := sorted(required):
        made["required"] = wanted
    return made


def _choice(words: Iterable[str]) -> Schema:
    return {"enum": sorted(str(word) for word in words)}


def _text_pattern() -> str:
    """Return the notation of texts: words without braces and markup, and placeholders as they are read."""
    names = [
        f"{name}(\\|{reading})?" if reading is Reading.PLAIN else f"{name}\\|{reading}"
        for name, reading in READINGS.items()
    ]
    names.append(f"{PAUSE}(\\|[0-9]{{1,5}}(\\.[0-9])?m?s)?")
    names.append(f"{IN}\\|({'|'.join(sorted(map(re.escape, LANGUAGES)))})")
    return f"^([^{{}}<>｛｝]|\\{{({'|'.join(names)})\\}})+$"
