"""A bank's opening and question, as a document that phones of every kind are called with."""

from ivr.simulator.network.behaviours import AnyBehaviour
from tests.simulator.world import World, response, say

OPENING = "こちらは、ほんにん銀行です。口座連携のお申し込みがありました。"
ASKS = "お心当たりのあるかたは1を、ないかたは9を押してください。"
DOCUMENT = response(say(OPENING), f'<Gather numDigits="1" action="/keys">{say(ASKS)}</Gather>')


def world(behaviour: AnyBehaviour) -> World:
    return World(behaviour=behaviour, answers={"/keys": response(say("はい。"))})
