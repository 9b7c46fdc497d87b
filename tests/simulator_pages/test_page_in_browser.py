import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.chromium import NEEDS_CHROMIUM, running_chromium
from tests.simulator_pages.fake_api import PASSCODE
from tests.simulator_pages.fake_world import FakeWorld, fake_world

SPEED = 12.0
ANY_CALL = re.compile("ringing|talking|ended")
WIDTHS = [(1280, 800), (1024, 768), (390, 844)]

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def world() -> Iterator[FakeWorld]:
    with fake_world(speed=SPEED) as world:
        yield world


@pytest.fixture
def slow_world() -> Iterator[FakeWorld]:
    """Leave time to guess before the call is answered."""
    with fake_world(speed=SPEED / 3) as world:
        yield world


def visit(
    browser: Browser, world: FakeWorld, *, language: str = "ja-JP", query: str = ""
) -> tuple[Page, list[str]]:
    """Open the page; the list grows with everything that a visitor must never cause."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, locale=language)
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda line: trouble.append(line.text) if "Security" in line.text else None)
    page.on(
        "request", lambda one: None if one.url.startswith(world.url) else trouble.append(one.url)
    )
    page.goto(f"{world.url}/{query}")
    page.wait_for_selector("body[data-ready]")
    return page, trouble


def ask_for_the_link(page: Page, mode: str = "readout") -> None:
    page.click("#choose-bank")
    page.check(f"input[value={mode}]", force=True)
    page.click("#facts [type=submit]")


def phone_is(page: Page, state: str) -> None:
    expect(page.locator("#phone")).to_have_attribute("data-state", state)


def listens(page: Page, number: int) -> None:
    expect(spoken(page)).to_have_count(number)


def spoken(page: Page) -> Locator:
    return page.locator("#captions p:not(.pressed)")


def heard_passcode(page: Page) -> str:
    row = page.locator("#captions .run").filter(has=page.locator("span:nth-child(6)")).first
    expect(row.locator("b")).to_have_count(6)
    expect(row.locator("span.unsaid")).to_have_count(0)
    return "".join(row.locator("b").all_text_contents())


def result(page: Page) -> Locator:
    expect(page.locator("#verdict-title")).to_be_visible()
    return page.locator("#verdict-title")


def test_a_depositor_hears_the_passcode_and_types_it(browser: Browser, world: FakeWorld) -> None:
    page, trouble = visit(browser, world)
    ask_for_the_link(page)
    expect(page.locator("#number-hint")).to_have_text("090-••••-••01")
    phone_is(page, "ringing")
    page.click("#answer")
    phone_is(page, "talking")
    listens(page, 2)
    page.click("[data-key='1']")
    assert heard_passcode(page) == PASSCODE
    page.fill("#passcode", "999999")
    page.click("#typed [type=submit]")
    expect(page.locator("#call-trouble")).to_have_text("番号がちがいます。")
    expect(page.locator("#tries")).to_have_text("あと4回入力できます")
    page.fill("#passcode", PASSCODE)
    page.click("#typed [type=submit]")
    expect(result(page)).to_have_text("連携しました")
    expect(page.locator("#proofs li:not(.waiting)")).to_have_count(3)
    page.click(".receipt summary")
    expect(page.locator("#receipt-header")).to_contain_text("EdDSA")
    expect(page.locator("#receipt-claims")).to_contain_text("right_passcode")
    assert trouble == []
    page.close()


def test_on_a_landline_the_keyboard_keys_in_what_the_page_shows(
    browser: Browser, world: FakeWorld
) -> None:
    page, trouble = visit(browser, world, language="en-US", query="?play=taro")
    ask_for_the_link(page, "keyin")
    expect(page.locator("#tiles")).to_have_text(PASSCODE)
    phone_is(page, "ringing")
    page.click("#answer")
    listens(page, 2)
    page.keyboard.press("1")
    listens(page, 3)
    page.keyboard.type(PASSCODE)
    expect(page.locator("#captions .pressed").last).to_have_text(f"pressed {PASSCODE}")
    expect(result(page)).to_have_text("Linked")
    assert trouble == []
    page.close()


def test_a_depositor_who_declines_may_be_called_again_or_give_up(
    browser: Browser, world: FakeWorld
) -> None:
    page, _ = visit(browser, world)
    ask_for_the_link(page)
    phone_is(page, "ringing")
    expect(page.locator("#again")).to_be_disabled()
    page.click("#decline")
    expect(page.locator("#call-state")).to_contain_text("お電話が拒否されました。")
    page.click("#again")
    phone_is(page, "ringing")
    page.click("#cancel")
    expect(result(page)).to_have_text("連携をお断りしました")
    expect(page.locator("#verdict-reason")).to_have_text("お申し込みをとりやめました。")
    page.close()


def test_the_thief_has_every_fact_and_not_the_telephone(
    browser: Browser, slow_world: FakeWorld
) -> None:
    page, trouble = visit(browser, slow_world, query="?play=thief")
    assert page.input_value("[name=pin]") == "4071"
    ask_for_the_link(page)
    page.fill("#passcode", "123456")
    page.click("#typed [type=submit]")
    expect(page.locator("#call-trouble")).to_contain_text("まだ番号をお伝えしていません")
    expect(page.locator("#phone")).to_have_attribute("data-state", ANY_CALL)
    for handle in ("#answer", "#decline", "#keypad"):
        expect(page.locator(handle)).to_be_hidden()
    page.keyboard.press("1")
    expect(result(page)).to_have_text("連携をお断りしました")
    expect(page.locator("#captions .pressed")).to_have_text("9 を押しました")
    expect(page.locator("#moral")).to_be_visible()
    assert trouble == []
    page.close()


def test_a_wrong_fact_is_refused_without_a_call(browser: Browser, world: FakeWorld) -> None:
    page, _ = visit(browser, world)
    page.click("#choose-bank")
    page.fill("[name=pin]", "0000")
    page.click("#facts [type=submit]")
    expect(page.locator("#facts .trouble")).to_have_text("ご入力の内容が、お届けと一致しません。")
    phone_is(page, "idle")
    page.close()


def test_both_languages_have_every_word(browser: Browser, world: FakeWorld) -> None:
    page, _ = visit(browser, world)
    names = page.evaluate(
        "async () => Promise.all(['ja', 'en'].map(async (one) =>"
        " Object.keys((await import(`/pages/words.${one}.js`)).default).sort()))"
    )
    assert names[0] == names[1]
    used = page.locator("[data-t], [data-t-label]").evaluate_all(
        "all => all.map((one) => one.dataset.t ?? one.dataset.tLabel)"
    )
    assert set(used) <= set(names[0])
    page.close()


def test_the_language_can_be_changed_on_the_page(browser: Browser, world: FakeWorld) -> None:
    page, _ = visit(browser, world)
    page.click("[data-language=en]")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.click("#choose-bank")
    expect(page.locator("[name=name]")).to_have_value("Hanako Honnin")
    assert not re.search("[ぁ-ん]", page.locator("main").inner_text().replace("本", ""))
    page.close()


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_nothing_sticks_out_on_any_screen(
    browser: Browser, world: FakeWorld, width: int, height: int
) -> None:
    page, _ = visit(browser, world)
    page.set_viewport_size({"width": width, "height": height})
    ask_for_the_link(page)
    phone_is(page, "ringing")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_every_control_has_a_name(browser: Browser, world: FakeWorld) -> None:
    page, _ = visit(browser, world)
    nameless = page.locator("button, input").evaluate_all(
        "all => all.filter((one) => !one.innerText?.trim() && !one.textContent.trim()"
        " && !one.labels?.length && !one.ariaLabel).map((one) => one.outerHTML)"
    )
    assert nameless == []
    page.close()
