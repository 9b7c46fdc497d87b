"""A person at the page and at the telephone: real chromium, real processes, nothing faked but the network."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from ivr.cli.demo import Stage, free_port, set_up
from ivr.cli.processes import Family
from tests.chromium import NEEDS_CHROMIUM, running_chromium

PATIENCE = 60_000
SPEED = 5.0

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A demo of its own, slow enough for a person at a browser."""
    with Family() as family:
        yield set_up(family, tmp_path_factory.mktemp("page"), port=free_port(), speed=SPEED)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


def visit(browser: Browser, stage: Stage, play: str = "hanako") -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 860}, locale="ja-JP")
    page.set_default_timeout(PATIENCE)
    page.goto(f"{stage.page}/?play={play}")
    page.wait_for_selector("body[data-ready]")
    return page


def ask_for_the_link(page: Page, mode: str) -> None:
    page.click("#choose-bank")
    page.check(f"input[value={mode}]", force=True)
    page.click("#facts [type=submit]")
    expect(page.locator("#phone")).to_have_attribute("data-state", "ringing", timeout=PATIENCE)
    page.click("#answer")


def press_when_asked(page: Page, key: str, question: str) -> None:
    expect(page.locator("#captions")).to_contain_text(question, timeout=PATIENCE)
    page.click(f"[data-key='{key}']")


def verdict(page: Page) -> str:
    expect(page.locator("#verdict-title")).to_be_visible(timeout=PATIENCE)
    return page.locator("#verdict-title").inner_text()


def test_a_depositor_hears_a_passcode_types_it_and_is_linked(
    browser: Browser, stage: Stage
) -> None:
    page = visit(browser, stage)
    ask_for_the_link(page, "readout")
    press_when_asked(page, "1", "押してください")
    said = page.locator("#captions .run").filter(has=page.locator("span:nth-child(6)")).first
    expect(said.locator("b")).to_have_count(6, timeout=PATIENCE)
    expect(said.locator("span.unsaid")).to_have_count(0, timeout=PATIENCE)
    page.fill("#passcode", "".join(said.locator("b").all_text_contents()))
    page.click("#typed [type=submit]")
    assert verdict(page) == "連携しました"
    expect(page.locator("#proofs li:not(.waiting)")).to_have_count(3, timeout=PATIENCE)
    page.click("#hangup")
    page.close()


def test_a_depositor_keys_in_what_the_page_shows_and_is_linked(
    browser: Browser, stage: Stage
) -> None:
    page = visit(browser, stage, play="taro")
    ask_for_the_link(page, "keyin")
    press_when_asked(page, "1", "押してください")
    expect(page.locator("#captions")).to_contain_text("6けた", timeout=PATIENCE)
    for digit in page.locator("#tiles").inner_text().split():
        for key in digit:
            page.click(f"[data-key='{key}']")
    assert verdict(page) == "連携しました"
    page.close()


def test_a_depositor_who_knows_nothing_of_it_presses_9(browser: Browser, stage: Stage) -> None:
    page = visit(browser, stage)
    ask_for_the_link(page, "readout")
    press_when_asked(page, "9", "押してください")
    assert verdict(page) == "連携をお断りしました"
    page.close()


def test_a_depositor_who_missed_the_call_calls_back_and_is_called(
    browser: Browser, stage: Stage
) -> None:
    page = visit(browser, stage, "taro")
    page.click("#choose-bank")
    page.check("input[value=keyin]", force=True)
    page.click("#facts [type=submit]")
    phone = page.locator("#phone")
    expect(phone).to_have_attribute("data-state", "ringing", timeout=PATIENCE)
    shown = page.locator("#tiles").text_content() or ""
    page.click("#decline")
    expect(page.locator("#caller")).to_have_text("不在着信")
    page.click("#dial")
    press_when_asked(page, "1", "折り返しの電話を受けるには1を")
    expect(page.locator("#captions")).to_contain_text("お待ちください", timeout=PATIENCE)
    expect(phone).to_have_attribute("data-state", "ringing", timeout=2 * PATIENCE)
    page.click("#answer")
    press_when_asked(page, "1", "押してください")
    expect(page.locator("#captions")).to_contain_text("6けたの番号を", timeout=PATIENCE)
    for digit in shown:
        page.click(f"[data-key='{digit}']")
    assert verdict(page) == "連携しました"
    page.close()
