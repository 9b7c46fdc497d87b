"""Records as a store is given them, with everything in them that must not be read in the store."""

from msgspec.structs import replace

from ivr.domain.callflow import Mode, Pace, Purpose
from ivr.domain.policy import MINUTE
from ivr.domain.record import Account, Call, Record, Verification
from ivr.service.ports import Loaded, Note
from tests.adapters.benches import AnyStore

BANK, ACCOUNT = "honnin", "001-0123456"
NUMBER = "+819012345678"
CLEAR_TEXT = (
    b"0123456",
    b"9012345678",
    b"honnin-web",
    b"kumopay",
    b"bank.example",
    b"reference-77",
    b"readout",
    b"link",
    b"wanted",
)


def new_record(store: AnyStore, now: int, account: str = ACCOUNT) -> Record:
    """Return a record that was not saved yet."""
    verification = Verification(
        id=store.new_id(BANK, account),
        client="honnin-web",
        bank=BANK,
        wallet="kumopay",
        account=account,
        number=NUMBER,
        mode=Mode.READOUT,
        purpose=Purpose.LINK,
        language="ja",
        pace=Pace.NORMAL,
        key_id="k1",
        request_digest=b"d" * 32,
        created_at=now,
        expires_at=now + 10 * MINUTE,
        call=Call(number=1, wished_at=now),
        reference="reference-77",
        callback_url="https://bank.example/verdicts",
        since=now,
    )
    return Record(verification=verification, account=Account(live=verification.id))


def note(kind: str = "noted", at: int = 7) -> Note:
    """Return a line of a story."""
    return Note(kind=kind, at=at, call=1, detail={"step": "ask_consent"})


def create(
    store: AnyStore,
    *,
    account: str = ACCOUNT,
    due: int | None = None,
    keep: int | None = None,
) -> Record:
    """Save a new record with one note and return it."""
    loaded = store.load_account(BANK, account)
    record = new_record(store, loaded.now, account)
    store.save(loaded, record, [note("created")], due=due, keep=keep)
    return record


def load(store: AnyStore, record: Record) -> Loaded:
    """Load a record that is surely there."""
    loaded = store.load(record.verification.id)
    assert loaded is not None
    return loaded


def with_tries(record: Record | None, tries: int) -> Record:
    """Change the verification a little."""
    assert record is not None
    return replace(record, verification=replace(record.verification, tries=tries))


def with_failures(record: Record, failures: int) -> Record:
    """Change the account a little."""
    return replace(record, account=replace(record.account, failures=failures))
