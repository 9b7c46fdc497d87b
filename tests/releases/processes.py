"""Processes that follow the board, and the worker that keeps it right: all of it real but the threads."""

import redis

from ivr.adapters.flows.files import FlowFiles, compile_release
from ivr.adapters.flows.followed import FollowedBook
from ivr.adapters.redis_board import RedisBoard
from ivr.adapters.seal import Sealer
from ivr.domain.callflow import Mode, Purpose
from ivr.domain.keyring import Keyring
from ivr.domain.release import ALL_BANKS
from tests.releases.office import flow_files

KEYRING = Keyring({"k1": b"1" * 32}, b"l" * 32)
OWN = flow_files("止めました")
USE = (Mode.READOUT, Purpose.LINK)


def board_on(client: redis.Redis, keyring: Keyring = KEYRING) -> RedisBoard:
    return RedisBoard(client, Sealer(keyring))


def own_release(words: str = "止めました") -> FlowFiles:
    """The release of a process's own folder."""
    return compile_release(ALL_BANKS, flow_files(words))


def process_on(client: redis.Redis, words: str = "止めました") -> FollowedBook:
    """A process that has just started, with a folder of its own."""
    book = FollowedBook(flow_files(words), own_release(words), board_on(client))
    book.refresh()
    return book


def followed(book: FollowedBook, bank: str = "honnin") -> str:
    """The release that new calls of a bank follow."""
    flow = book.find(*USE, bank)
    assert flow
    return flow.release
