"""The sandbox's page in a real browser: Debian's Chromium, driven by Playwright."""

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import faces
import pytest
from playwright.sync_api import Browser, Error, Page, Route, expect, sync_playwright
from scripted import Reply, Server

from hoiio_numbers import Hoiio, Registry
from hoiio_numbers.sandbox import Sandbox

US, SG = "+16001234567", "+6511111111"
SCREENSHOTS = Path(__file__).parent.parent / "screenshots"
AXE = Path(sys.prefix) / "axe" / "node_modules" / "axe-core" / "axe.min.js"  # where `make test` installs it
WIDTHS = (1280, 390)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("needs chromium, which `make test` installs where it may")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, sandbox: Sandbox, **settings: Any) -> Iterator[Page]:
    """The page, which must load nothing from elsewhere and complain of nothing."""
    context = browser.new_context(reduced_motion="reduce", **settings)
    page = context.new_page()
    page.set_default_timeout(30_000)
    asked, complaints = list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.goto(sandbox.page_url)
    expect(page.locator("#matrix tbody tr").first).to_be_visible()
    yield page
    context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((sandbox.page_url, "data:"))] == []


@pytest.fixture
def page(browser: Browser, sandbox: Sandbox) -> Iterator[Page]:
    with opened(browser, sandbox) as page:
        yield page


def subscribed(sandbox: Sandbox, *numbers: str) -> None:
    with Hoiio(**sandbox.settings) as hoiio:
        for number in numbers:
            hoiio.number.subscribe(number, 1)


def verdict(page: Page, text: str) -> None:
    expect(page.locator("#verdict-title")).to_have_text(text)


def said(page: Page, place: str, text: str) -> None:
    expect(page.locator(f"#{place}")).to_contain_text(text)


def axe(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is."""
    if not AXE.is_file():
        pytest.skip("needs axe-core where `make test` installs it")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    return [f"{it['impact']}: {it['id']} at {node['target']}" for it in found["violations"] for node in it["nodes"]]


# -- from a bad configuration to a message that arrives ----------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_from_a_bad_configuration_to_an_sms_that_arrives(
    browser: Browser, sandbox: Sandbox, width: int, scheme: str, record_property: Callable[[str, object], None]
) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    subscribed(sandbox, US)
    faults = []
    with opened(browser, sandbox, viewport={"width": width, "height": 900}, color_scheme=scheme) as page:

        def show(name: str) -> None:
            page.evaluate("document.activeElement.blur()")
            faults.extend(axe(page))
            page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width

        verdict(page, "Nothing to judge yet")
        show("start")
        page.get_by_label("Number number").fill("+65 6123 4567")
        page.get_by_label("Announce SMS to").fill("https://example.com/sms")
        verdict(page, "Refused")
        reason = page.locator("#violations li")
        expect(reason).to_have_count(1)
        for text in (
            "Numbers of SG cannot receive SMS.",
            "or use a number that can receive it, of one of these: US.",
            "service.unsupported",
            "capabilities/SG.toml",
            "sms = false",
            "error_incoming_sms_not_supported",
        ):
            expect(reason).to_contain_text(text)
        show("refused")
        page.get_by_label("Number number").fill(US)
        page.get_by_role("button", name="Use this page’s inbox for SMS").click()
        verdict(page, "Accepted, 2 warnings")
        page.get_by_role("button", name="Save").click()
        said(page, "saved", f"Saved for {US}.")
        show("saved")
        page.get_by_label("Text of the SMS").fill("Are you open on Sunday?\nWe would be four.")
        page.get_by_role("button", name="Send an SMS").click()
        said(page, "sent", "SMS announced: HTTP 200.")
        expect(page.locator("#received blockquote")).to_have_text("Are you open on Sunday?\nWe would be four.")
        said(page, "deliveries", "HTTP 200")
        show("arrived")
    with Hoiio(**sandbox.settings) as hoiio:
        (number,) = hoiio.number.subscribed_numbers().entries
        assert number.forward_sms_to == f"{sandbox.page_url}page/inbox/sms"
    assert faults == []
    record_property(
        "count",
        f"the page at {width} pixels, {scheme}: 4 states, 0 faults by axe-core, screenshots in {SCREENSHOTS.name}/",
    )


def test_the_whole_way_with_the_keyboard_alone(page: Page, sandbox: Sandbox) -> None:
    keys = page.keyboard

    def tab_to(selector: str, most: int = 80) -> None:
        for _ in range(most):
            keys.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert ring != "none", f"nobody sees that {selector} has the focus"
                return
        pytest.fail(f"{selector} is not reached by the Tab key")

    tab_to(".skip")
    keys.press("Enter")
    tab_to("#number")
    keys.type("+6561234560")
    tab_to("[name=mode][value=voice]")
    keys.press("Space")
    tab_to("[name=mode][value=fax]")
    keys.press("Space")
    tab_to("[data-inbox=forward_to]")
    keys.press("Enter")
    verdict(page, "Refused")
    said(page, "violations", "One number cannot receive voice and fax")
    tab_to("#search-country")
    keys.type("Sing")
    expect(page.locator("#search-country")).to_have_value("SG")
    keys.press("Enter")
    tab_to("#search button")
    keys.press("Enter")
    said(page, "found", "46 can be had.")
    tab_to("#available li:nth-child(2) button")
    keys.press("Enter")
    said(page, "found", "+6561234560 is yours")
    assert page.evaluate("document.activeElement.textContent") == "Subscribe", "the focus stays in the list"
    keys.press("Control+Home")
    tab_to("#held button", most=200)
    keys.press("Enter")
    expect(page.locator("#number")).to_be_focused()
    expect(page.locator("#country")).to_have_value("SG")
    tab_to("[name=mode][value=fax]")
    keys.press("Space")
    tab_to("[data-inbox=forward_to]")
    keys.press("Enter")
    verdict(page, "Accepted, 1 warning")
    tab_to("#form [type=submit]")
    keys.press("Enter")
    said(page, "saved", "Saved for +6561234560.")
    tab_to("#send [value=fax]", most=200)
    keys.press("Enter")
    said(page, "received", "https://example.com/fax.pdf")
    assert [it.outcome for it in sandbox.deliveries()] == ["HTTP 200"]


# -- as one types ------------------------------------------------------------------------------------------------------


def test_it_shows_what_a_country_lacks_before_one_picks_it(page: Page) -> None:
    choices = page.locator("#country option").all_inner_texts()
    assert choices[0] == "As the number says"
    assert {"Singapore (SG): no SMS", "United States (US): no fax", "Vietnam (VN): no fax, no SMS"} <= set(choices)
    page.locator("[name=mode][value=fax]").check()
    said(page, "asked", "Asked for: fax. Australia, Hong Kong, New Zealand, United States and Vietnam lack it.")
    asked = page.locator("#matrix tbody .asked.no")
    expect(asked).to_have_count(5)
    page.get_by_label("Country country").select_option("US")
    expect(page.locator("[data-lack=fax]")).to_have_text("not in United States")
    expect(page.locator("[data-lack=sms]")).to_have_text("")
    verdict(page, "Refused")


def test_a_state_with_data_of_its_own(browser: Browser, tmp_path: Path) -> None:
    with Sandbox(registry=faces.full_registry(tmp_path)) as sandbox, opened(browser, sandbox) as page:
        page.get_by_label("Number number").fill("+19075550123")
        page.get_by_label("Country country").select_option("US")
        page.get_by_label("Announce SMS to").fill("https://example.com/")
        verdict(page, "Accepted")
        said(page, "evidence", "sms = true")
        page.get_by_label("State state").select_option("AK")
        verdict(page, "Refused")
        expect(page.locator("[data-lack=sms]")).to_have_text("not in United States")


def test_an_acceptance_has_its_reasons_too(page: Page) -> None:
    page.get_by_role("button", name="Faxes in Singapore").click()
    verdict(page, "Accepted")
    said(page, "evidence", "fax = true")
    expect(page.locator("#evidence figure")).to_have_count(1)
    expect(page.locator("#evidence pre")).to_have_text(["6from = 2012-09-01", "9fax = true"])
    page.get_by_text("What each rule made of it").click()
    rules = page.locator("#explanation li")
    expect(rules.filter(has_text="service.unsupported")).to_contain_text("passed")
    expect(rules.filter(has_text="mode.unknown")).to_be_visible()
    page.get_by_role("button", name="Start over").click()
    verdict(page, "Nothing to judge yet")
    expect(page.locator("#examples")).to_be_visible()


@pytest.mark.parametrize(
    ("example", "title"),
    [("SMS in Singapore", "Refused"), ("Calls and faxes at once", "Refused"), ("Calls to half a URL", "Refused")],
)
def test_every_example_shows_something(page: Page, example: str, title: str) -> None:
    page.get_by_role("button", name=example).click()
    verdict(page, title)
    expect(page.locator("#violations .error")).to_have_count(1)


def test_an_answer_that_comes_late_is_for_nobody(page: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/page/check", hold)
    with page.expect_request("**/page/check"):
        page.get_by_label("Number number").fill("+65x")
    page.get_by_label("Number number").fill("+6561234567")
    page.get_by_label("Announce calls or faxes to").fill("https://example.com/")
    verdict(page, "Accepted")
    with page.expect_response("**/page/check") as late:
        held[0].continue_()
    assert "number.malformed" in late.value.text()
    page.evaluate("() => new Promise(done => setTimeout(done))")  # what the answer would have done is done
    verdict(page, "Accepted")


def test_a_screen_reader_hears_the_verdict(page: Page) -> None:
    page.get_by_role("button", name="SMS in Singapore").click()
    status = page.locator("#summary")
    expect(status).to_have_text("Refused: 1 error: Numbers of SG cannot receive SMS.")
    assert status.get_attribute("role") == "status"
    field = page.locator("#forward_sms_to")
    assert field.get_attribute("aria-invalid") == "true"
    (described,) = str(field.get_attribute("aria-describedby")).split()
    said(page, described, "Numbers of SG cannot receive SMS.")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_window(browser: Browser, sandbox: Sandbox, width: int) -> None:
    subscribed(sandbox, US)
    with opened(browser, sandbox, viewport={"width": width, "height": 700}) as page:
        page.get_by_label("Number number").fill("x" * 300)
        page.get_by_label("Announce SMS to").fill(f"https://example.com/{'y' * 300}")
        verdict(page, "Refused")
        for scrolls in ("html", ".scroll"):
            overhang = page.locator(scrolls).evaluate("it => it.scrollWidth - it.clientWidth")
            assert overhang <= 0, f"{scrolls} scrolls sideways"


def test_the_verdict_in_brief_hides_no_field_that_has_the_focus(browser: Browser, sandbox: Sandbox) -> None:
    with opened(browser, sandbox, viewport={"width": 390, "height": 500}) as page:
        page.get_by_role("button", name="Calls and faxes at once").click()
        page.get_by_label("Announce calls or faxes to").fill("http://me:secret@localhost/")
        page.get_by_label("Announce SMS to").fill("https://example.com/sms")
        said(page, "summary", "Refused: 2 errors, 2 warnings: One number cannot")
        fields = page.locator("#form :is(input, select, button):visible").all()
        assert len(fields) == 10
        for field in fields:
            field.focus()
            expect(field).to_be_in_viewport(ratio=1)
            below = field.evaluate("it => it.getBoundingClientRect().bottom")
            assert below <= page.locator("#summary").evaluate("it => it.getBoundingClientRect().top")


def test_forced_colours_leave_what_a_country_has_and_lacks_apart(browser: Browser, sandbox: Sandbox) -> None:
    with opened(browser, sandbox, forced_colors="active") as page:
        has, lacks = (page.locator(f"tbody .mark-cell.{it}").first.screenshot() for it in ("yes", "no"))
        assert has != lacks


def test_without_javascript_it_says_so_and_shows_no_dead_form(browser: Browser, fresh: Sandbox) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(fresh.page_url)
    expect(page.locator("noscript p")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("main")).to_be_hidden()
    context.close()


# -- the numbers and the inbox -----------------------------------------------------------------------------------------


def test_a_number_is_found_and_bought_once(page: Page, sandbox: Sandbox) -> None:
    page.locator("#search-country").select_option("US")
    page.locator("#search-state").select_option("CA")
    page.get_by_role("button", name="Search").click()
    said(page, "found", "46 can be had.")
    expect(page.locator("#available li")).to_have_count(20)
    for shown in (40, 46):
        page.get_by_role("button", name="More numbers").click()
        expect(page.locator("#available li")).to_have_count(shown)
    expect(page.get_by_role("button", name="More numbers")).to_be_hidden()
    page.locator("#duration").select_option("3")
    page.get_by_role("button", name="Subscribe to +16502222222").evaluate(
        "button => { button.click(); button.click() }"
    )
    said(page, "found", "+16502222222 is yours until")
    said(page, "held", "+16502222222")
    said(page, "credit", "988.60 SGD")
    assert [str(charge.amount) for charge in sandbox.charges()] == ["11.40"]
    expect(page.locator("#to")).to_have_value("+16502222222")


def test_what_a_program_does_meanwhile_is_shown(page: Page, sandbox: Sandbox) -> None:
    said(page, "held", "No number yet")
    subscribed(sandbox, US)
    with Hoiio(**sandbox.settings) as hoiio:
        hoiio.number.configure(US, forward_sms_to=f"{sandbox.page_url}page/inbox/shop")
    said(page, "held", US)
    sandbox.send("sms", US, msg="from elsewhere")
    said(page, "received", "from elsewhere")
    said(page, "received", "inbox/shop")
    expect(page.locator("#newest")).to_have_text(re.compile(r"^SMS arrived at [\d:]{8} \+6591234567 from elsewhere$"))


def test_settings_are_cleared(page: Page, sandbox: Sandbox) -> None:
    subscribed(sandbox, US)
    with Hoiio(**sandbox.settings) as hoiio:
        hoiio.number.configure(US, forward_sms_to="https://example.com/sms")
        said(page, "held", "https://example.com/sms")
        page.get_by_role("button", name=f"Clear {US}").click()
        said(page, "changed", f"{US} announces nothing now.")
        expect(page.get_by_role("button", name=f"Clear {US}")).to_be_focused()
        assert not hoiio.number.subscribed_numbers().entries[0].forward_sms_to


def test_what_the_api_refuses_is_said(page: Page, sandbox: Sandbox) -> None:
    page.get_by_role("button", name="Save").click()
    said(page, "saved", "Not saved: nothing is typed.")
    page.get_by_role("button", name="SMS in Singapore").click()
    page.get_by_role("button", name="Save").click()
    said(page, "saved", "Not saved: it would be refused.")
    expect(page.locator("#verdict-title")).to_be_focused()
    page.get_by_label("Announce SMS to").fill("")
    page.get_by_label("Announce calls or faxes to").fill("https://example.com/")
    page.get_by_role("button", name="Save").click()
    said(page, "saved", "Not saved: this account does not subscribe to the number [error_number_not_assigned]")
    subscribed(sandbox, US)
    said(page, "held", US)
    page.get_by_role("button", name="Send a fax").click()
    said(page, "sent", f"{US} is in mode voice, in which it receives no fax [error_not_done]")


def test_the_data_is_read_anew_when_the_day_changes(page: Page, sandbox: Sandbox) -> None:
    page.get_by_role("button", name="Faxes in Singapore").click()
    verdict(page, "Accepted")
    sandbox.advance(timedelta(days=2))
    with page.expect_response("**/page/capabilities"):
        said(page, "about", f"by the data of {sandbox.now():%Y-%m-%d}")


def test_data_that_does_not_come_at_first_comes_later(browser: Browser, fresh: Sandbox) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route("**/page/capabilities", lambda route: route.abort(), times=1)
    page.goto(fresh.page_url)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#matrix tbody tr")).to_have_count(6)
    expect(page.get_by_role("alert")).to_be_hidden()
    context.close()


def test_a_sandbox_that_is_gone_is_said_and_leaves_no_verdict(browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    with Sandbox() as sandbox:
        page.goto(sandbox.page_url)
        page.get_by_role("button", name="Faxes in Singapore").click()
        verdict(page, "Accepted")
        port = int(sandbox.page_url.rpartition(":")[2].strip("/"))
    gone = "The sandbox does not answer. Is it still running?"
    page.get_by_label("Number number").fill("+65x")
    expect(page.get_by_role("alert")).to_have_text(gone)
    verdict(page, "Not judged")
    said(page, "about", gone)
    expect(page.locator("#evidence figure")).to_have_count(0)
    with Sandbox(port=port):
        verdict(page, "Refused")
        expect(page.get_by_role("alert")).to_be_hidden()
    context.close()


def test_a_sandbox_that_hangs_is_said_too(browser: Browser, fresh: Sandbox) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(
        "const timeout = AbortSignal.timeout; AbortSignal.timeout = () => timeout.call(AbortSignal, 500)"
    )
    page.route("**/page/check", lambda _route: None)  # neither answered nor ended
    page.goto(fresh.page_url)
    page.get_by_label("Number number").fill("+65x")
    verdict(page, "Not judged")
    said(page, "about", "The sandbox does not answer. Is it still running?")
    context.close()


def test_what_is_too_long_to_be_judged_is_said(browser: Browser, fresh: Sandbox) -> None:
    context = browser.new_context()  # whose console will complain of the status
    page = context.new_page()
    page.goto(fresh.page_url)
    page.get_by_label("Number number").fill("1" * 70_000)
    verdict(page, "Not judged")
    said(page, "about", "The body is longer than 65536 bytes.")
    context.close()


# -- hostile words and hostile sites -----------------------------------------------------------------------------------

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "</blockquote></li><iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "{{7*7}} ${alert(1)} <!-- ",
    "&lt;b&gt; &#60;b&#62;",
    "\u202eright to left\u2066",
)
FOREIGN_ELEMENTS = "main :is(img, script, iframe, svg, a, style, object, embed, link, meta, base)"


def test_hostile_words_are_shown_as_they_are(
    browser: Browser, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    name = HOSTILE[0]
    (tmp_path / "NO.toml").write_text(
        f'country = "NO"\n[[revision]]\nfrom = 2012-09-01\nsource = "{name}"\nlimitations = "{name}"\n'
        "voice = true\nfax = false\nsms = true\n",
        encoding="utf-8",
    )
    with Sandbox(registry=Registry.default().overlay(tmp_path)) as sandbox, opened(browser, sandbox) as page:
        subscribed(sandbox, US)
        said(page, "matrix", f"{name} {name}")
        with Hoiio(**sandbox.settings) as hoiio:
            hoiio.number.configure(US, forward_sms_to=f"{sandbox.page_url}page/inbox/<b>?<i>={HOSTILE[1]}")
        for text in HOSTILE:
            sandbox.send("sms", US, msg=text, sender=text)
        expect(page.locator("#received blockquote")).to_have_text([*reversed(HOSTILE)])
        expect(page.locator("#received li")).to_have_count(len(HOSTILE))
        for text in HOSTILE:
            for label in ("Number number", "Announce calls or faxes to", "Announce SMS to"):
                page.get_by_label(label).fill(text)
            verdict(page, "Refused")
            shown = page.locator("#violations .message").first
            expect(shown).to_contain_text(text[:5] if text.isprintable() else "\\u202e")
        said(page, "held", "page/inbox/<b>?<i>=<script>alert(1)</script>")
        expect(page.locator(FOREIGN_ELEMENTS)).to_have_count(0)
        expect(page.locator("main :is(#held, #received) :is(i, script)")).to_have_count(0)
    record_property("count", f"the page: {len(HOSTILE)} hostile texts in messages, names, URLs and data, shown as text")


def test_the_browser_itself_would_refuse_markup_and_scripts(browser: Browser, sandbox: Sandbox) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(sandbox.page_url)
    with pytest.raises(Error, match="TrustedHTML"):
        page.evaluate("document.body.innerHTML = '<b>x</b>'")
    with pytest.raises(Error, match="TrustedScript"):
        page.evaluate("document.createElement('script').textContent = 'alert(1)'")
    assert (
        page.evaluate(
            """async () => {
            const refused = new Promise(tell => addEventListener("securitypolicyviolation", tell, {once: true}))
            const image = document.createElement("img")
            image.src = "http://127.0.0.1:9/"
            document.body.append(image)
            return (await refused).effectiveDirective
        }"""
        )
        == "img-src"
    )
    context.close()


ATTACK = """<!doctype html><title>Another site</title><iframe src="%(page)s"></iframe>
<form action="%(page)spage/inbox/x?msg=x" method="post" target="there"></form><iframe name="there"></iframe>
<script>
const at = "%(page)spage/", buy = {method: "POST", body: '{"number": "%(number)s", "duration": "1"}'}
const blind = {mode: "no-cors"}, never = () => { throw 0 }
const tries = [
  fetch(at + "state"),
  fetch(at + "state", blind).then(answer => answer.text()).then(text => text || never()),
  fetch(at + "inbox/x", {...blind, method: "POST"}).then(never),
  fetch(at + "number/subscribe", {...buy, ...blind}).then(never),
  fetch(at + "number/subscribe", {...buy, headers: {"Content-Type": "application/json"}}),
]
document.forms[0].submit()
Promise.allSettled(tries).then(ends => { document.title = ends.map(it => it.status).join(" ") })
</script>"""


def test_another_site_gets_nothing_and_does_nothing(browser: Browser, sandbox: Sandbox) -> None:
    text = ATTACK % {"page": sandbox.page_url, "number": US}
    with Server(Reply(text.encode(), 200, {"Content-Type": "text/html"})) as site:
        context = browser.new_context()
        page = context.new_page()
        answers: list[tuple[str, int]] = []
        page.on("response", lambda it: answers.append((it.url, it.status)))
        page.goto(site.base_url.replace("127.0.0.1", "localhost"))
        expect(page).to_have_title(re.compile("^rejected( rejected){4}$"))
        expect(page.frame_locator("iframe >> nth=0").locator("#matrix")).to_have_count(0)
        context.close()
    assert {status for url, status in answers if url.startswith(sandbox.page_url) and "/page/" in url} == {403}
    assert sandbox.charges() == []
    with opened(browser, sandbox) as own:
        said(own, "received", "Nothing yet.")
