"""The carrier's own client, brought to the stand-in without a network."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from requests.exceptions import ReadTimeout
from twilio.base.exceptions import TwilioRestException
from twilio.http import HttpClient
from twilio.rest import Client

from ivr.simulator.in_process import InProcessHttpClient
from ivr.simulator.rest import Rest
from tests.simulator.world import World


def client(world: World, *, token: str | None = None) -> Client:
    http = InProcessHttpClient(Rest(world.carrier), silence=ReadTimeout)
    account = world.account
    return Client(account.sid, token or account.auth_token, http_client=cast("HttpClient", http))


def refusal(act: Callable[[], Any]) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as caught:
        act()
    return caught.value
