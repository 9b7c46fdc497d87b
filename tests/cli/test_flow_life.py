"""`ivr staff` and the commands of a change, as staff type them, on a machine where Redis is away."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.adapters.flows.files import read_folder
from ivr.cli.keys import new_key, new_master_key
from ivr.cli.main import cli
from ivr.domain.errors import FlowFault, HonninError, ReleaseFault, SettingsFault, StaffFault

CALLFLOWS = Path("callflows")


class Terminal:
    """A machine on which staff work."""

    def __init__(self, folder: Path) -> None:
        self.environment = {
            "IVR_MASTER_KEYS": new_master_key(),
            "IVR_LASTING_KEY": new_key(),
            "IVR_CARRIER_ACCOUNT": "AC0",
            "IVR_CARRIER_TOKENS": "token",
            "IVR_PUBLIC_URL": "https://verify.example",
            "IVR_DATA": str(folder / "data"),
            "IVR_STAFF_KEY": "",
        }
        self.keys: dict[str, str] = {}

    def run(self, who: str, *arguments: str, typed: str = "", **more: str) -> Result:
        environment: Mapping[str, str] = {
            **self.environment,
            "IVR_STAFF_KEY": self.keys.get(who, ""),
            **more,
        }
        return CliRunner().invoke(cli, arguments, env=environment, input=typed)

    def says(self, who: str, *arguments: str) -> str:
        """What a command prints that succeeds."""
        done = self.run(who, *arguments)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    def refuses(self, who: str, *arguments: str) -> HonninError:
        """Why a command refuses."""
        done = self.run(who, *arguments)
        assert isinstance(done.exception, HonninError), (done.output, done.exception)
        return done.exception

    def hire(self, by: str, name: str, role: str) -> None:
        said = self.says(by, "staff", "add", name, "--role", role)
        (self.keys[name],) = re.findall(r"\(shown once\): (\S+)", said)

    def draft(self, folder: Path, *more: str) -> str:
        said = self.says("sato", "flow", "draft", str(folder), "--reason", "an imitation", *more)
        (release,) = re.findall(r"^Release ([0-9a-f]{12}) is drafted by sato", said, re.MULTILINE)
        return str(release)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    terminal = Terminal(tmp_path)
    terminal.hire("", "kanri", "admin")
    terminal.hire("kanri", "sato", "editor")
    terminal.hire("kanri", "kato", "approver")
    terminal.hire("kanri", "ito", "viewer")
    return terminal


def changed(folder: Path, words: str) -> Path:
    """A copy of the flows that ship, with another greeting."""
    copy = folder / words
    shutil.copytree(CALLFLOWS, copy)
    flow = copy / "link-readout.yaml"
    text = flow.read_text(encoding="utf-8")
    assert "お申し込み" in text
    flow.write_text(text.replace("お申し込み", words), encoding="utf-8")
    return copy


def test_a_change_from_draft_to_rollback(terminal: Terminal, tmp_path: Path) -> None:
    release = terminal.draft(changed(tmp_path, "ご依頼"))
    heard = terminal.says("ito", "flow", "diff", release)
    assert "link-readout, " in heard
    assert "  + " in heard
    assert "link-keyin" not in heard
    assert isinstance(terminal.refuses("kato", "flow", "publish", release), ReleaseFault)
    terminal.says("kato", "flow", "approve", release)
    said = terminal.says("kato", "flow", "publish", release)
    assert f"For all banks: release {release}. Redis does not answer now." in said
    said = terminal.says("kato", "flow", "rollback", "--reason", "complaints")
    assert "For all banks: no published release." in said
    told = terminal.says("ito", "flow", "history")
    for line in ("drafted by sato", "approved by kato", "published by kato", "rolled back by kato"):
        assert line in told
    assert "In force: no published release, so the folder callflows" in told


def test_two_releases_are_compared_whichever_is_in_force(
    terminal: Terminal, tmp_path: Path
) -> None:
    one, other = (terminal.draft(changed(tmp_path, words)) for words in ("ご依頼", "お話"))
    heard = terminal.says("ito", "flow", "diff", one, other)
    assert heard.startswith(f"From {one} to {other}:\n")
    assert {line[:4] for line in heard.splitlines() if "ご依頼" in line} == {"  - "}
    assert {line[:4] for line in heard.splitlines() if "お話" in line} == {"  + "}


def test_a_bank_with_words_of_its_own_stays_on_them(terminal: Terminal, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    shutil.copy(changed(tmp_path, "ご依頼") / "link-readout.yaml", own)
    release = terminal.draft(own, "--bank", "honnin")
    terminal.says("kato", "flow", "approve", release)
    assert "For bank honnin" in terminal.says("kato", "flow", "publish", release)
    shared = terminal.draft(changed(tmp_path, "お話"))
    terminal.says("kato", "flow", "approve", shared)
    said = terminal.says("kato", "flow", "publish", shared)
    assert f"Bank honnin stays on its own release {release}, made on " in said
    said = terminal.says("kato", "flow", "rollback", "--bank", "honnin", "--reason", "enough")
    assert "For bank honnin: no published release" in said


def test_a_draft_with_faults_prints_them_as_ever(terminal: Terminal, tmp_path: Path) -> None:
    folder = changed(tmp_path, "ご依頼")
    flow = folder / "link-readout.yaml"
    flow.write_text(flow.read_text(encoding="utf-8").replace("wait: 10s", "wait: 99s"))
    fault = terminal.refuses("sato", "flow", "draft", str(folder), "--reason", "why")
    assert isinstance(fault, FlowFault)
    assert all(line.startswith(f"{flow}:") for line in fault.faults)
    assert "drafted" not in terminal.says("ito", "flow", "history")


def test_the_files_of_a_release_are_written_out_as_they_were_drafted(
    terminal: Terminal, tmp_path: Path
) -> None:
    folder = changed(tmp_path, "ご依頼")
    release = terminal.draft(folder)
    out = tmp_path / "out"
    said = terminal.says("ito", "flow", "export", release, str(out))
    assert f"files of release {release} are in {out}" in said
    assert read_folder(out) == read_folder(folder)
    done = terminal.run("ito", "flow", "export", release, str(out))
    assert done.exit_code == 2
    assert "must be new or empty" in done.output


def test_a_time_names_its_zone_and_what_is_planned_is_taken_back(
    terminal: Terminal, tmp_path: Path
) -> None:
    release = terminal.draft(changed(tmp_path, "ご依頼"))
    terminal.says("kato", "flow", "approve", release)
    for wrong, why in (
        ("tomorrow", "must be a date and time"),
        ("2999-01-01T00:00", "name the time zone too"),
        ("2999-01-01T00:00+09:00", "more than a year"),
    ):
        done = terminal.run("kato", "flow", "publish", release, "--at", wrong)
        assert done.exit_code == 2
        assert why in done.output
    past = terminal.refuses("kato", "flow", "publish", release, "--at", "2020-01-01T00:00+09:00")
    assert "is past" in str(past)


def test_who_may_not_is_told_so(terminal: Terminal, tmp_path: Path) -> None:
    release = terminal.draft(changed(tmp_path, "ご依頼"))
    for who, *arguments in (
        ("ito", "flow", "draft", "callflows", "--reason", "why"),
        ("sato", "flow", "approve", release),
        ("sato", "flow", "rollback", "--reason", "why"),
        ("kato", "staff", "add", "new", "--role", "viewer"),
        ("kato", "staff", "revoke", "ito"),
        ("nobody", "staff", "renew", "ito"),
    ):
        terminal.keys["nobody"] = "staff_wrong"
        assert isinstance(terminal.refuses(who, *arguments), StaffFault), arguments


def test_whoever_was_revoked_is_refused(terminal: Terminal) -> None:
    assert "kato is revoked." in terminal.says("kanri", "staff", "revoke", "kato")
    for arguments in (("flow", "history"), ("staff", "list"), ("flow", "approve", "0" * 12)):
        assert "nobody who is live" in str(terminal.refuses("kato", *arguments))
    listed = terminal.says("ito", "staff", "list")
    assert re.search(r"^kato +revoked ", listed, re.MULTILINE)
    assert not any(key in listed for key in terminal.keys.values())


def test_a_credential_is_asked_for_and_not_shown(terminal: Terminal) -> None:
    key = terminal.keys["ito"]
    done = terminal.run("", "staff", "list", typed=f"{key}\n")
    assert done.exit_code == 0
    assert done.output.startswith("Staff credential: ")
    assert key not in done.output


def test_a_credential_may_lie_in_a_file(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(terminal.keys["ito"] + "\n")
    done = terminal.run("", "staff", "list", IVR_STAFF_KEY_FILE=str(tmp_path / "key"))
    assert done.exit_code == 0
    done = terminal.run("", "staff", "list", IVR_STAFF_KEY_FILE=str(tmp_path / "nowhere"))
    assert isinstance(done.exception, SettingsFault)


def test_a_renewed_credential_is_shown_once(terminal: Terminal) -> None:
    said = terminal.says("kanri", "staff", "renew", "ito", "--role", "editor")
    assert "Credential of ito (shown once): staff_" in said
    assert isinstance(terminal.refuses("ito", "staff", "list"), StaffFault)
    assert re.search(r"^ito +editor ", terminal.says("kanri", "staff", "list"), re.MULTILINE)


def test_a_database_that_does_not_answer_is_named_without_its_password(terminal: Terminal) -> None:
    away = "postgresql+psycopg://honnin:secret-word@127.0.0.1:1/none?connect_timeout=1"
    done = terminal.run("ito", "flow", "history", IVR_DATABASE_URL=away)
    assert isinstance(done.exception, ReleaseFault)
    assert "The database (IVR_DATABASE_URL) does not answer" in str(done.exception)
    assert "secret-word" not in str(done.exception)


def test_an_unknown_bank_is_named(terminal: Terminal) -> None:
    done = terminal.run("sato", "flow", "draft", "callflows", "--bank", "nobody", "--reason", "why")
    assert done.exit_code == 2
    assert "there is no such bank; there are honnin" in done.output


def test_a_credential_that_is_no_text_is_nobodys(terminal: Terminal) -> None:
    done = terminal.run("kato", "flow", "history", IVR_STAFF_KEY="\udcff")
    assert isinstance(done.exception, StaffFault), done.exception


def test_a_database_that_is_away_is_told_without_its_words(terminal: Terminal) -> None:
    away = "postgresql+psycopg://ops:geheim@127.0.0.1:1/honnin"
    done = terminal.run("", "verification", "find", "0123-4567", IVR_DATABASE_URL=away)
    assert isinstance(done.exception, SettingsFault), (done.output, done.exception)
    assert "IVR_DATABASE_URL: the database does not answer (OperationalError)" in str(
        done.exception
    )
