"""A call as the control API shows it: transcript, end, and every hook that was sent.

Knows the JSON of `/sim/calls`. Here, in the network's own memory, forms are shown as they were
sent.
"""

from typing import Any

from ivr.simulator.network.calls import Call
from ivr.simulator.network.hooks import Exchange
from ivr.simulator.network.transcript import as_text, as_yaml, entries


def whole_view(call: Call) -> dict[str, Any]:
    """Show one call, also written down for people and for tests."""
    return {**call_view(call), "text": as_text(call), "yaml": as_yaml(call)}


def call_view(call: Call) -> dict[str, Any]:
    """Show a call among others."""
    return {
        "sid": call.sid,
        "phone": call.phone_id,
        "asks": call.order.source.url,
        "status": call.status.value,
        "seconds": call.seconds,
        "transcript": entries(call),
        "hooks": [_hook_view(call, exchange) for exchange in call.exchanges],
    }


def _hook_view(call: Call, exchange: Exchange) -> dict[str, Any]:
    hook, reply = exchange.hook, exchange.reply
    return {
        "at": call.since_order(exchange.at),
        "kind": hook.kind,
        "method": hook.method,
        "url": hook.url,
        "form": dict(hook.form),
        "status": reply.status,
        "milliseconds": round(reply.seconds * 1000),
        "failure": reply.failure,
    }
