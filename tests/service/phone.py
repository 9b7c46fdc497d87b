"""A depositor's telephone, as it shows itself to us: the hooks of one call, and what is heard."""

from ivr.domain.callflow import PASSCODE_SLOT
from ivr.domain.conversation import HangUp, Listen, Say, speaks_passcode
from ivr.domain.events import CallEnd
from ivr.service.calls import Calls
from ivr.service.carrier_port import CallOrder, CallProgress, StatusHook, VoiceHook
from ivr.service.hook_address import HookAddress
from ivr.service.replies import Reply


class Phone:
    """One call: it rings, is answered, keys are pressed, and it ends."""

    def __init__(self, calls: Calls, order: CallOrder, sid: str) -> None:
        *_, verification, call, token, _language, _turn = order.voice_url.split("/")
        self._calls = calls
        self.sid = sid
        self.address = HookAddress(verification=verification, call=int(call), token=token)
        self.next_turn = 0
        self.passcode = ""
        self.asks_consent = False
        self.sent: list[tuple[HookAddress, VoiceHook]] = []

    def send(self, address: HookAddress, hook: VoiceHook) -> Reply:
        """Send a voice hook and listen to the reply."""
        self.sent.append((address, hook))
        reply = self._calls.take_turn(address, hook)
        self.passcode = spoken_passcode(reply) or self.passcode
        return reply

    def move_to(self, calls: Calls) -> None:
        """Send the next hooks to another process."""
        self._calls = calls

    def turn(self, digits: str = "", finished_on: str = "") -> Reply:
        """Ask what comes next."""
        address = HookAddress(
            verification=self.address.verification,
            call=self.address.call,
            token=self.address.token,
            turn=self.next_turn,
        )
        hook = VoiceHook(sid=self.sid, digits=digits, finished_on=finished_on)
        reply = self.send(address, hook)
        self.next_turn = reply.next_turn
        self.asks_consent = "1 if it was you" in words(reply)
        return reply

    def repeat(self, place: int = -1) -> Reply:
        """Send an earlier hook once more, as it was."""
        return self.send(*self.sent[place])

    def tell(self, news: CallProgress | CallEnd) -> None:
        """Send a status hook."""
        self._calls.report(self.address, StatusHook(sid=self.sid, news=news))

    def answer(self) -> Reply:
        """Ring and answer."""
        self.tell(CallProgress.RINGING)
        return self.turn()

    def press(self, key: str) -> Reply:
        """Press one key, or key a passcode."""
        return self.turn(key)

    def hang_up(self) -> None:
        """End the call."""
        self.tell(CallEnd.COMPLETED)

    def listen(self) -> str:
        """Answer, consent, hear the passcode and hang up."""
        self.answer()
        self.press("1")
        self.hang_up()
        return self.passcode

    def wait_for_code_question(self) -> Reply:
        """Answer and consent."""
        self.answer()
        return self.press("1")


def spoken_passcode(reply: Reply) -> str:
    """Return the passcode that a reply speaks; empty where it speaks none."""
    if any(speaks_passcode(each) for each in reply.instructions):
        return reply.values[PASSCODE_SLOT]
    return ""


def words(reply: Reply) -> str:
    """Return the fixed words of a reply."""
    parts: list[str] = []
    for instruction in reply.instructions:
        match instruction:
            case Say(text) | Listen(text, _, _):
                parts.extend(part for part in text if isinstance(part, str))
            case HangUp():
                parts.append("(hangs up)")
    return " ".join(parts)
