"""Structured logs: one JSON object a line, on standard error.

Knows what may be logged: names, codes, ids and counts. Values of requests never are.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import msgspec

from ivr.service.attending import attended

_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_LOUD: Final = ("twilio", "twilio.http_client", "urllib3", "werkzeug", "sqlalchemy.engine")
_SERVER: Final = (
    "gunicorn.error"  # writes by itself, of what is no request: nothing of ours sees that
)
_encode: Final = msgspec.json.Encoder(enc_hook=str).encode


class LeanRecord(logging.LogRecord):
    """A record that finds out only what is written down: nobody's line says in which thread it was made, or where.

    What it does not find out is there, and empty: libraries look at it in filters of their own.
    """

    module = ""
    relativeCreated = 0.0  # noqa: N815 - the library's names
    thread = threadName = processName = taskName = None  # noqa: N815

    def __init__(  # noqa: PLR0917 - as `logging` calls it
        self,
        name: str,
        level: int,
        pathname: str,
        lineno: int,
        msg: Any,
        args: Any,
        exc_info: Any,
        func: str | None = None,
        sinfo: str | None = None,
        **_: Any,
    ) -> None:
        """Take what the line has, and the process, which gunicorn's own lines name; not what the parent looks for."""
        self.name, self.levelno, self.levelname = name, level, logging.getLevelName(level)
        self.pathname = self.filename = pathname
        self.lineno = lineno
        self.funcName, self.stack_info = func or "", sinfo
        self.msg, self.exc_info, self.exc_text = msg, exc_info, None
        named = args and len(args) == 1 and isinstance(args[0], Mapping) and args[0]
        self.args = args[0] if named else args
        self.created = time.time()
        self.msecs = self.created % 1 * 1000
        self.process = os.getpid()


class JsonLines(logging.Formatter):
    """A log record as one line of JSON: time, level, logger, event, and what came with it."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record; a traceback keeps its frames and loses its message, which may hold values."""
        return self.line_of(record).decode()

    def line_of(self, record: logging.LogRecord) -> bytes:
        """Return one record as bytes, as they are written."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **attended(),
        }
        line.update({name: value for name, value in vars(record).items() if name not in _OWN})
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["frames"] = _frames(record)
        return _encode(line)


class StandardError(logging.StreamHandler[TextIO]):
    """Writes each line in one piece, without a detour through text."""

    def __init__(self) -> None:
        """Write to standard error."""
        super().__init__(sys.stderr)
        self._lines = JsonLines()
        self.setFormatter(self._lines)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            out = self.stream.buffer
            out.write(self._lines.line_of(record) + b"\n")
            out.flush()
        except Exception:  # noqa: BLE001 - what cannot be logged must not fail what it tells of
            self.handleError(record)


def _frames(record: logging.LogRecord) -> list[str]:
    frames = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename}:{trace.tb_lineno}:{code.co_name}")
        trace = trace.tb_next
    return frames


def _forget_what_was_sent(record: logging.LogRecord) -> bool:
    """Take what a client sent out of gunicorn's complaint about it: a request line may hold a number."""
    words = str(record.msg)
    if words.startswith("Invalid request"):  # … from ip=ADDRESS: what is wrong: what was sent
        record.msg = ": ".join(words.split(": ")[:2])
    elif words.startswith("Error handling request"):  # its arguments are method and address
        record.msg, record.args = "Error handling request", ()
        record.exc_text = "\n".join(_frames(record))
    return True


def start_logging(level: int = logging.INFO) -> None:
    """Send all logs through the formatter; libraries that would log requests are kept at warnings."""
    logging._srcfile = None  # noqa: SLF001 - its manual, "Optimization": it does not look who called
    logging.setLogRecordFactory(LeanRecord)
    logging.raiseExceptions = False  # or what cannot be written is printed with all that it held
    root = logging.getLogger()
    root.handlers[:] = [StandardError()]
    root.setLevel(level)
    logging.getLogger(_SERVER).addFilter(_forget_what_was_sent)
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
