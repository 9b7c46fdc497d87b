"""The configuration, read once and whole: every fault is named with its place, all at once, and no secret is."""

import base64
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from ivr.domain.errors import SettingsFault
from ivr.domain.phone import NumberClass
from ivr.domain.policy import Limits
from ivr.settings import Role, Settings, read_settings
from ivr.settings.sources import NoValueError, find_value

KEY = base64.b64encode(b"k" * 32).decode()
OTHER_KEY = base64.b64encode(b"o" * 32).decode()
TOKEN = "token-that-is-secret"
ENVIRONMENT: Mapping[str, str] = {
    "IVR_PUBLIC_URL": "https://hooks.honnin.example",
    "IVR_CARRIER_ACCOUNT": "AC123",
    "IVR_CARRIER_TOKENS": TOKEN,
    "IVR_MASTER_KEYS": f"k1:{KEY}",
    "IVR_LASTING_KEY": OTHER_KEY,
}
FILES: Mapping[str, str] = {
    "ivr.toml": "partitions = 64\n",
    "wallets.toml": '[[wallet]]\nid = "kumopay"\nname = {ja = "クモペイ", en = "Kumo Pay"}\n',
    "banks.toml": """\
[[bank]]
id = "honnin"
name = {ja = "ほんにん銀行", en = "Honnin Bank"}
caller_number = "+81345678900"
desk_number = "03-4567-8901"
wallets = ["kumopay"]
""",
    "limits.toml": "[default]\ntries = 5\n",
}


def write(folder: Path, **texts: str) -> Path:
    """Write a good configuration, with some files changed."""
    for name, text in FILES.items():
        (folder / name).write_text(texts.get(name.partition(".")[0], text), encoding="utf-8")
    return folder


def read(folder: Path, **variables: str | None) -> Settings:
    """Read it, with some variables changed; None takes one away."""
    given = {**ENVIRONMENT, "IVR_CONFIG": str(folder), **variables}
    return read_settings({name: value for name, value in given.items() if value is not None})


def faults(folder: Path, **variables: str | None) -> list[str]:
    """The faults, each without the folder."""
    with pytest.raises(SettingsFault) as caught:
        read(folder, **variables)
    assert TOKEN not in str(caught.value)
    assert KEY not in str(caught.value)
    return [fault.replace(f"{folder}/", "") for fault in caught.value.faults]


def test_a_good_configuration_is_read_whole(tmp_path: Path) -> None:
    settings = read(write(tmp_path))
    assert settings.role is Role.BOTH
    assert settings.public_url == "https://hooks.honnin.example"
    assert settings.carrier.url == "https://api.twilio.com"
    assert settings.keyring.ids == ("k1",)
    assert settings.banks["honnin"].limits == Limits()
    assert settings.clients_file == tmp_path / "clients.toml"
    assert settings.accounts_file == tmp_path / "accounts.csv"


def test_the_configuration_that_ships_is_good() -> None:
    assert read(Path(__file__).parents[2] / "config").banks


def test_nothing_can_be_changed_afterwards(tmp_path: Path) -> None:
    settings = read(write(tmp_path))
    with pytest.raises(AttributeError):
        settings.public_url = "https://other.example"  # type: ignore[misc]


def test_no_secret_is_in_what_prints(tmp_path: Path) -> None:
    settings = read(
        write(tmp_path),
        IVR_REDIS_URL="redis://:hunter2@h/0",
        IVR_CARRIER_SHARED_KEYS=f"s1:{TOKEN}",
    )
    for value in (settings, settings.carrier, settings.keyring, settings.house):
        for text in (repr(value), str(value), f"{value}"):
            assert TOKEN not in text
            assert KEY not in text
            assert "hunter2" not in text
            assert "kkkk" not in text


@pytest.mark.parametrize("name", ENVIRONMENT)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_variable_is_named(tmp_path: Path, name: str, value: str | None) -> None:
    (fault,) = faults(write(tmp_path), **{name: value})
    assert fault.startswith(f"{name}: is missing")


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        ivr="partitions = 0\n",
        wallets='[[wallet]]\nid = "K"\n',
        limits="[default]\ntries = 9\n",
    )
    found = faults(folder, IVR_PUBLIC_URL=None, IVR_ROLE="judge", IVR_MASTER_KEYS="k1:short")
    places = [fault.partition(" ")[0] for fault in found]
    assert places == [
        "wallets.toml:1:",
        "ivr.toml:1:",
        "limits.toml:2:",
        "banks.toml:6:",
        "IVR_ROLE:",
        "IVR_PUBLIC_URL:",
        "IVR_MASTER_KEYS:",
    ]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("IVR_PUBLIC_URL", "hooks.honnin.example", "absolute https URL"),
        ("IVR_PUBLIC_URL", "ftp://hooks.honnin.example", "absolute https URL"),
        ("IVR_PUBLIC_URL", "https://", "absolute https URL"),
        ("IVR_PUBLIC_URL", "https://h.example/?a=1", "absolute https URL"),
        ("IVR_PUBLIC_URL", "https://h.example/#a", "absolute https URL"),
        ("IVR_PUBLIC_URL", "https://h.example:port", "absolute https URL"),
        ("IVR_PUBLIC_URL", "https://h.example:99999", "absolute https URL"),
        ("IVR_PUBLIC_URL", "https://[::1", "absolute https URL"),
        ("IVR_PUBLIC_URL", "https://me:secret@h.example", "absolute https URL"),
        ("IVR_PUBLIC_URL", "https://ほんにん.example", "absolute https URL"),
        ("IVR_PUBLIC_URL", "https://h .example", "absolute https URL"),
        ("IVR_PUBLIC_URL", "http://h.example", "IVR_ALLOW_HTTP=yes"),
        ("IVR_CARRIER_URL", "http://127.0.0.1:9", "IVR_ALLOW_HTTP=yes"),
        ("IVR_ROLE", "judge", "must be one of both, api, hooks"),
        ("IVR_WEB_THREADS", "-3", "whole number from 1 to 1024"),
        ("IVR_WEB_DRAIN_SECONDS", "6", "whole number from 0 to 5"),
        ("IVR_WEB_THREADS", "１６", "whole number from 1 to 1024"),
        ("IVR_WEB_THREADS", "15", "at least twice long_polls (8)"),
        ("IVR_WEB_PROCESSES", "many", "whole number from 1 to 256"),
        ("IVR_CARRIER_TOKEN", "other-secret", "no such setting; did you mean IVR_CARRIER_TOKENS"),
        ("IVR_CARRIER_TOKEN_FILE", "/path", "no such setting; did you mean IVR_CARRIER_TOKENS"),
        ("IVR_CARRIER_TOKENS", "one two three", "at most two"),
        ("IVR_CARRIER_SHARED_KEYS", "nokey", "ID:SECRET"),
        ("IVR_CARRIER_SHARED_KEYS", ":secret", "ID:SECRET"),
        ("IVR_CARRIER_SHARED_KEYS", "a:x a:y", "ID:SECRET"),
        ("IVR_MASTER_KEYS", KEY, "ID:BASE64"),
        ("IVR_MASTER_KEYS", f":{KEY}", "ID:BASE64"),
        ("IVR_MASTER_KEYS", f"k_1:{KEY}", "ID:BASE64"),
        ("IVR_MASTER_KEYS", f"鍵:{KEY}", "ID:BASE64"),
        ("IVR_MASTER_KEYS", f"{'k' * 17}:{KEY}", "ID:BASE64"),
        ("IVR_MASTER_KEYS", f"k1:{KEY} k1:{OTHER_KEY}", "ID:BASE64"),
        ("IVR_MASTER_KEYS", "k1:not-base-64!", "32 random bytes"),
        ("IVR_MASTER_KEYS", f"k1:{base64.b64encode(b'short').decode()}", "32 random bytes"),
        ("IVR_MASTER_KEYS", f"k1:{base64.b64encode(bytes(32)).decode()}", "32 random bytes"),
        ("IVR_LASTING_KEY", "%%%", "32 random bytes"),
        ("IVR_LASTING_KEY", base64.b64encode(b"x" * 33).decode(), "32 random bytes"),
    ],
)
def test_a_wrong_variable_is_named_with_what_it_must_be(
    tmp_path: Path, name: str, value: str, why: str
) -> None:
    found = faults(write(tmp_path), **{name: value})
    assert all(fault.startswith(f"{name}: ") for fault in found)
    assert any(why in fault for fault in found)
    assert not any(value in fault for fault in found)


def test_http_is_allowed_where_told_so_by_name(tmp_path: Path) -> None:
    settings = read(
        write(tmp_path),
        IVR_PUBLIC_URL="http://127.0.0.1:8000/",
        IVR_CARRIER_URL="http://127.0.0.1:9000",
        IVR_ALLOW_HTTP="yes",
    )
    assert settings.public_url == "http://127.0.0.1:8000"


def test_two_tokens_and_two_keys_live_while_they_are_changed(tmp_path: Path) -> None:
    settings = read(
        write(tmp_path),
        IVR_CARRIER_TOKENS="now before",
        IVR_MASTER_KEYS=f"k2:{OTHER_KEY} k1:{KEY}",
        IVR_CARRIER_SHARED_KEYS="s1:abc s2:d:e",
    )
    assert settings.carrier.tokens == ("now", "before")
    assert settings.carrier.shared_keys == {"s1": "abc", "s2": "d:e"}
    assert (settings.keyring.current, settings.keyring.ids) == ("k2", ("k2", "k1"))


def test_a_variable_may_be_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "tokens"
    secret.write_text("from-a-file\n", encoding="utf-8")
    settings = read(write(tmp_path), IVR_CARRIER_TOKENS=None, IVR_CARRIER_TOKENS_FILE=str(secret))
    assert settings.carrier.tokens == ("from-a-file",)


def asking(code: str) -> str:
    """A command that runs some Python, as one that asks for a secret elsewhere."""
    return shlex.join([sys.executable, "-c", code])


def test_a_command_may_print_a_secret(tmp_path: Path) -> None:
    command = asking(f"print('k9:{KEY}')")
    settings = read(write(tmp_path), IVR_MASTER_KEYS=None, IVR_MASTER_KEYS_COMMAND=command)
    assert settings.keyring.ids == ("k9",)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (asking(f"print('{KEY}'); import sys; sys.exit('{TOKEN}')"), "ended with code 1"),
        (asking("pass"), "printed nothing"),
        (asking("import sys; sys.stdout.buffer.write(b'\\xff')"), "printed what is not text"),
        ("/no/such/program", "cannot be run: FileNotFoundError"),
        ("unclosed 'quote", "cannot be run: ValueError"),
    ],
)
def test_a_command_that_fails_is_named_and_nothing_that_it_printed(
    tmp_path: Path, command: str, why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    found = faults(write(tmp_path), IVR_MASTER_KEYS=None, IVR_MASTER_KEYS_COMMAND=command)
    assert [fault for fault in found if fault.startswith(f"IVR_MASTER_KEYS_COMMAND: {why}")], found
    assert not set(capfd.readouterr()) - {""}


def test_a_command_is_not_waited_for_for_ever() -> None:
    hanging = {"IVR_MASTER_KEYS_COMMAND": asking("import time; time.sleep(60)")}
    with pytest.raises(NoValueError, match="gave no answer within"):
        find_value(hanging, "IVR_MASTER_KEYS", seconds=0.2)


def test_no_shell_reads_a_command(tmp_path: Path) -> None:
    found = faults(write(tmp_path), IVR_LASTING_KEY=None, IVR_LASTING_KEY_COMMAND="echo $HOME; ls")
    assert found == [
        "IVR_LASTING_KEY: a key must be 32 random bytes in base64; `ivr keys` makes one"
    ]


def test_who_serves_banks_alone_needs_no_token_of_the_carrier(tmp_path: Path) -> None:
    without = {"IVR_CARRIER_TOKENS": None, "IVR_CARRIER_ACCOUNT": None}
    assert read(write(tmp_path), **without, IVR_ROLE="api").carrier.tokens == ()
    assert len(faults(tmp_path, **without, IVR_ROLE="hooks")) == 2


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("9464", ("127.0.0.1", 9464)),
        ("10.0.0.7:9464", ("10.0.0.7", 9464)),
        ("[::1]:9464", ("::1", 9464)),
        ("", None),
    ],
)
def test_metrics_are_shown_to_this_machine_unless_told_otherwise(
    tmp_path: Path, text: str, address: tuple[str, int] | None
) -> None:
    assert read(write(tmp_path), IVR_METRICS_BIND=text).metrics == address


@pytest.mark.parametrize("text", ["metrics", "host:", "0", "70000", "9464x"])
def test_an_address_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    found = faults(write(tmp_path), IVR_WORKER_METRICS_BIND=text)
    assert found == ["IVR_WORKER_METRICS_BIND: must be a port, or host:port"]


def test_a_variable_goes_before_its_file(tmp_path: Path) -> None:
    settings = read(write(tmp_path), IVR_CARRIER_TOKENS_FILE="/nowhere/at/all")
    assert settings.carrier.tokens == (TOKEN,)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_one_fault_and_names_itself(
    tmp_path: Path, content: bytes | None
) -> None:
    secret = tmp_path / "tokens"
    if content is not None:
        secret.write_bytes(content)
    (fault,) = faults(write(tmp_path), IVR_CARRIER_TOKENS=None, IVR_CARRIER_TOKENS_FILE=str(secret))
    assert fault.startswith("IVR_CARRIER_TOKENS_FILE: ")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path)
    (folder / name).unlink()
    assert f"{name}: the file is missing" in faults(folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("broken", [b"a = ", b"[x\n", b"\xff", b"a = 1\na = 2\n"])
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, name: str, broken: bytes) -> None:
    folder = write(tmp_path)
    (folder / name).write_bytes(broken)
    assert any(fault.startswith(f"{name}: not TOML") for fault in faults(folder))


BANK = FILES["banks.toml"]
TRAPS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "a key that is nearly right": (
        {"ivr": "# a comment\npartition = 8\n"},
        "ivr.toml:2: partition: unknown setting; did you mean partitions?",
    ),
    "a number as text": ({"ivr": 'partitions = "64"\n'}, "ivr.toml:1: partitions: Expected `int`"),
    "a number with a point": ({"ivr": "partitions = 64.0\n"}, "ivr.toml:1: partitions: Expected"),
    "yes for a number": ({"ivr": "long_polls = true\n"}, "ivr.toml:1: long_polls: Expected `int`"),
    "too many partitions": ({"ivr": "partitions = 5000\n"}, "ivr.toml:1: partitions: must be from"),
    "polls below none": ({"ivr": "\nlong_polls = -1\n"}, "ivr.toml:2: long_polls: must be from 0"),
    "a table where there is none": (
        {"ivr": "[house]\npartitions = 8\n"},
        "ivr.toml:1: house: unknown setting",
    ),
    "an empty list for a number": ({"ivr": "partitions = []\n"}, "ivr.toml:1: partitions: Exp"),
    "a fallback that is no address": (
        {"ivr": 'carrier_fallback_url = "http://h.example/sorry"\n'},
        "ivr.toml:1: carrier_fallback_url: must be an absolute https URL",
    ),
    "one bracket for two": (
        {"wallets": FILES["wallets.toml"].replace("[[wallet]]", "[wallet]")},
        "wallets.toml:1: wallet: write it as [[wallet]]",
    ),
    "a table of another name": (
        {"banks": BANK.replace("[[bank]]", "[[banks]]")},
        "banks.toml:1: banks: unknown setting; did you mean bank?",
    ),
    "a bank that is a number": (
        {"banks": "bank = 5\n"},
        "banks.toml:1: bank: write it as [[bank]]",
    ),
    "banks that are numbers": (
        {"banks": "bank = [1, 2]\n"},
        "banks.toml:1: bank: write it as [[bank]]",
    ),
    "no bank": ({"banks": ""}, "banks.toml: there is no [[bank]]"),
    "a setting above the table": (
        {"limits": "tries = 3\n[default]\n"},
        "limits.toml:1: tries: unknown setting",
    ),
    "a table for all, misspelt": (
        {"limits": "\n[defaults]\ntries = 3\n"},
        "limits.toml:2: defaults: unknown setting; did you mean default?",
    ),
    "two brackets for one": (
        {"limits": "[[default]]\ntries = 3\n"},
        "limits.toml:1: default: write it as [default]",
    ),
    "a default that is a number": (
        {"limits": "default = 5\n"},
        "limits.toml:1: default: write it as [default]",
    ),
    "a stricter limit for nobody": (
        {"limits": "[default]\n[bank.honin]\ntries = 1\n"},
        "limits.toml:2: honin: there is no such bank; did you mean honnin?",
    ),
    "a limit that is nearly right": (
        {"limits": "[default]\ntrys = 3\n"},
        "limits.toml:2: trys: unknown setting; did you mean tries?",
    ),
    "a limit of the bank's own that is too lax": (
        {"limits": "[default]\ntries = 5\n\n[bank.honnin]\ncalls = 9\n"},
        "limits.toml:5: calls: must be from 1 to 3",
    ),
    "limits that contradict each other in one bank": (
        {
            "limits": "[default]\naccount_failures_for_good = 5\n"
            "account_failures = 5\n\n[bank.honnin]\naccount_failures = 6\n"
        },
        "limits.toml:5: account_failures_for_good: must not be less than account_failures",
    ),
    "a bank without a desk": (
        {"banks": BANK.replace('desk_number = "03-4567-8901"\n', "")},
        "banks.toml:1: desk_number: is missing",
    ),
    "a desk that nobody can dial": (
        {"banks": BANK.replace("03-4567-8901", "+81345678901")},
        "banks.toml:5: desk_number: must be as it is dialled at home",
    ),
    "a caller number with blanks": (
        {"banks": BANK.replace("+81345678900", "+81 3 4567 8900")},
        "banks.toml:4: caller_number: must be a number in E.164 form",
    ),
    "no caller number": (
        {"banks": BANK.replace("+81345678900", "")},
        "banks.toml:4: caller_number: must be a number in E.164 form",
    ),
    "an id in capitals": (
        {"banks": BANK.replace('"honnin"', '"Honnin"')},
        "banks.toml:2: id: must be lower-case",
    ),
    "the same bank twice": ({"banks": BANK + BANK}, "banks.toml:8: id: honnin is used twice"),
    "a wallet that there is not": (
        {"banks": BANK.replace('["kumopay"]', '["kumopay", "yen"]')},
        "banks.toml:6: wallets: yen is not in wallets.toml",
    ),
    "a wallet without a name in the bank's language": (
        {"wallets": FILES["wallets.toml"].replace(', en = "Kumo Pay"', "")},
        "banks.toml:6: wallets: kumopay has no name in every language",
    ),
    "a language that nobody speaks": (
        {"wallets": FILES["wallets.toml"].replace("en =", "fr =")},
        "wallets.toml:3: name: fr is not a language that is spoken",
    ),
    "a name with unseen signs": (
        {"wallets": FILES["wallets.toml"].replace("Kumo Pay", "Kumo\\u0000Pay")},
        "wallets.toml:3: name: must be 1 to 40 printable characters",
    ),
    "a name of nothing": (
        {"wallets": FILES["wallets.toml"].replace("Kumo Pay", " ")},
        "wallets.toml:3: name: must be 1 to 40 printable characters",
    ),
    "no name at all": (
        {"wallets": '[[wallet]]\nid = "kumopay"\nname = {}\n'},
        "wallets.toml:3: name: is empty",
    ),
    "a language that is not the bank's": (
        {"banks": BANK + 'language = "fr"\n'},
        "banks.toml:7: language: must be one of the languages of the bank's name",
    ),
    "numbers that are dear to call": (
        {"banks": BANK + 'number_classes = ["mobile", "other"]\n'},
        "banks.toml:7: number_classes: must be mobile, landline or both",
    ),
    "no number to be called": (
        {"banks": BANK + "number_classes = []\n"},
        "banks.toml:7: number_classes: must be mobile, landline or both",
    ),
    "a class that there is not": (
        {"banks": BANK + 'number_classes = ["satellite"]\n'},
        "banks.toml:7: number_classes: Invalid enum value",
    ),
    "a test number of no class": (
        {"banks": BANK + 'test_numbers = ["+81120123456"]\n'},
        "banks.toml:7: test_numbers: must be numbers in E.164 form",
    ),
    "cooling off backwards": (
        {"banks": BANK + "cooling_off_days = -1\n"},
        "banks.toml:7: cooling_off_days: must be from 0",
    ),
    "a key of the second bank": (
        {"banks": BANK + BANK.replace('"honnin"', '"other"') + "colour = 1\n"},
        "banks.toml:13: colour: unknown setting",
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_of_the_files_is_named_with_file_and_line(tmp_path: Path, name: str) -> None:
    texts, expected = TRAPS[name]
    found = faults(write(tmp_path, **texts))
    assert any(fault.startswith(expected) for fault in found), found
    assert len(found) == len(set(found))


def test_a_fault_of_the_default_is_named_once_however_many_banks_there_are(tmp_path: Path) -> None:
    other = BANK.replace('"honnin"', '"other"').replace("+81345678900", "+81345678901")
    banks = BANK + other
    folder = write(tmp_path, banks=banks, limits="[default]\ntries = 99\ncalls = 'x'\n")
    assert len(faults(folder)) == 1


def test_a_bank_has_the_default_and_its_own(tmp_path: Path) -> None:
    limits = "[default]\ntries = 4\nring = 20\n\n[bank.honnin]\ntries = 2\n"
    found = read(write(tmp_path, limits=limits)).banks["honnin"].limits
    assert found == msgspec.structs.replace(Limits(), tries=2, ring=20)


@pytest.mark.parametrize("name", Limits.__struct_fields__)
@pytest.mark.parametrize("value", ["-1", "99999999"])
def test_every_limit_has_its_bounds(tmp_path: Path, name: str, value: str) -> None:
    found = faults(write(tmp_path, limits=f"[default]\n{name} = {value}\n"))
    assert found[0].startswith(f"limits.toml:2: {name}: must be from ")


def test_banks_may_be_written_in_other_ways(tmp_path: Path) -> None:
    text = """\
[[bank]]
"id" = "honnin"
caller_number = "+81345678900"
desk_number = "03-4567-8901"
wallets = [
    "kumopay",   # the cloud
]
number_classes = ["mobile"]
[bank.name]
ja = "ほんにん銀行"
"""
    bank = read(write(tmp_path, banks=text)).banks["honnin"]
    assert bank.name == {"ja": "ほんにん銀行"}
    assert bank.number_classes == {NumberClass.MOBILE}
    assert bank.wallets == {"kumopay"}


def test_two_banks_do_not_call_from_one_number(tmp_path: Path) -> None:
    banks = FILES["banks.toml"] + FILES["banks.toml"].replace('"honnin"', '"second"')
    with pytest.raises(SettingsFault) as caught:
        read(write(tmp_path, banks=banks))
    (fault,) = caught.value.faults
    assert fault.endswith(
        "banks.toml:10: caller_number: is that of honnin as well; each bank needs a number of its own"
    )
