"""A call in the carrier's JSON.

Knows the fields of the Call resource and of a page of calls. Does not know how a call got there.
Source: the carrier's published OpenAPI, and its own client, which reads these.
"""

from collections.abc import Sequence
from email.utils import formatdate
from typing import Any
from urllib.parse import urlencode

from ivr.simulator.network.calls import Call, Status
from ivr.simulator.orders import Form

PAGE_SIZE, LARGEST_PAGE = 50, 1000
FILTERS = ("To", "From", "Status")
VERSION = "2010-04-01"
SUBRESOURCES = (
    "events",
    "notifications",
    "payments",
    "recordings",
    "siprec",
    "streams",
    "transcriptions",
    "user_defined_message_subscriptions",
    "user_defined_messages",
)


def call_json(call: Call) -> dict[str, Any]:
    """Give the resource of one call."""
    order, path = call.order, f"/{VERSION}/Accounts/{call.account_sid}/Calls/{call.sid}"
    status = Status.QUEUED if call.status is Status.INITIATED else call.status
    return {
        "sid": call.sid,
        "account_sid": call.account_sid,
        "annotation": None,
        "answered_by": call.answered_by,
        "api_version": VERSION,
        "caller_name": None,
        **_dates(call),
        "direction": order.direction.value,
        "duration": None if call.seconds is None else str(call.seconds),
        "forwarded_from": None,
        "from": order.from_,
        "from_formatted": order.from_,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": str(call.queue_milliseconds),
        "status": status.value,
        "to": order.to,
        "to_formatted": order.to,
        "trunk_sid": None,
        "uri": f"{path}.json",
        "subresource_uris": {name: f"{path}/{_camel(name)}.json" for name in SUBRESOURCES},
    }


def page_json(calls: Sequence[Call], form: Form, *, path: str) -> dict[str, Any]:
    """Give one page of calls, as `Page` and `PageSize` ask for it."""
    size = min(max(_whole(form.get("PageSize"), PAGE_SIZE), 1), LARGEST_PAGE)
    page = _whole(form.get("Page"), 0)
    start = page * size
    shown = calls[start : start + size]
    more = start + size < len(calls)
    filters = [(name, form.get(name)) for name in FILTERS if form.get(name)]

    def uri(number: int) -> str:
        return f"{path}?{urlencode([*filters, ('PageSize', size), ('Page', number)])}"

    return {
        "calls": [call_json(call) for call in shown],
        "end": start + max(len(shown) - 1, 0),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if more else None,
        "page": page,
        "page_size": size,
        "previous_page_uri": uri(page - 1) if page else None,
        "start": start,
        "uri": uri(page),
    }


def _dates(call: Call) -> dict[str, str | None]:
    return {
        "date_created": _date(call.created_at),
        "date_updated": _date(call.updated_at),
        "end_time": _date(call.ended_at),
        "start_time": _date(call.started_at),
    }


def _date(moment: float | None) -> str | None:
    return None if moment is None else formatdate(moment).replace("-0000", "+0000")


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _whole(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() else default
