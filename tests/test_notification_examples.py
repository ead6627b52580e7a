"""The demo, and the receivers, each started by one command: a sandbox delivers to them, and so does anybody else."""

import subprocess
import sys

import pytest
import requests
from served import ROOT, served

from hoiio_numbers import Hoiio
from hoiio_numbers.sandbox import Sandbox

US, SG, SENDER = "+16001234567", "+6561234567", "+12015550123"
LONG = "".join(chr(65 + place % 26) for place in range(400))
EXAMPLES = sorted(path.name for path in (ROOT / "examples").glob("notifications_*.py"))


def test_there_is_one_for_each_framework() -> None:
    assert [f"notifications_{it}.py" for it in ("django", "fastapi", "flask")] == EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_receiver_hears_of_everything_and_refuses_junk(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFICATIONS_PATH", "/nobody-guesses-this")
    with served(f"examples/{example}", "0") as receiver, Sandbox() as sandbox, Hoiio(**sandbox.settings) as hoiio:
        url = f"{receiver.url}/nobody-guesses-this"
        for number in (US, SG):
            hoiio.number.subscribe(number, 1)
        hoiio.number.configure(US, forward_to=f"{url}?shop=7", forward_sms_to=f"{url}?shop=7")
        hoiio.number.configure(SG, forward_to=url, mode="fax")
        sandbox.send("call", US, sender=SENDER)
        sandbox.send("sms", US, sender=SENDER, msg="Grüße")
        sandbox.send("sms", US, sender=SENDER, msg=LONG)
        sandbox.send("fax", SG, sender=SENDER)
        sandbox.send("fax", SG, sender=SENDER, fax_error_code="busy")
        assert [it.outcome for it in sandbox.deliveries()] == ["HTTP 200"] * 7
        latin_1 = requests.post(
            f"{url}?txn_ref=T&msg=Gr%FC%DFe+in+Latin-1&from=&to={SG}&date=2012-09-01+12:00:00", timeout=30
        )
        assert latin_1.status_code == 200

        for junk, why in [
            ("", "has none of fax_status, ivr_block, msg"),
            ("msg=x", "the notification has no to"),
            (f"msg=x&to={SG}&txn_ref=T&date=soon", "'soon', not a date and a time"),
            ("&".join(f"a{n}=" for n in range(1001)), "more than 1000 parameters"),
            ("msg=%ff%00&to=%F0%28", "to of the notification is"),
        ]:
            refused = requests.post(f"{url}?{junk}", timeout=30)
            assert (refused.status_code, refused.headers["Content-Type"].partition(";")[0]) == (400, "text/plain")
            assert why in refused.text
        assert requests.get(url, timeout=30).status_code == 405
        assert requests.post(f"{receiver.url}/notifications", timeout=30).status_code == 404

        printed = receiver.ended()
    assert "Traceback" not in printed
    told = [line.partition(": session S-")[0] for line in printed.splitlines() if SG in line or US in line]
    assert [line for line in told if "HTTP/" not in line] == [
        f"{SENDER} calls {US}",
        f"{SENDER} writes to {US}: 'Grüße'",
        *(f"{SENDER} writes to {US}: {part!r}" for part in (LONG[:152], LONG[152:304], LONG[304:])),
        f"{SENDER} sent a fax to {SG}: https://example.com/fax.pdf",
        f"{SENDER} sent a fax to {SG}: busy",
        f"None writes to {SG}: 'Grüße in Latin-1'",
    ]


def test_the_demo_ends_with_an_sms_that_arrives() -> None:
    demo = subprocess.run([sys.executable, "examples/demo.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert demo.stderr == ""
    *_, received, _, paid = demo.stdout.splitlines()
    assert received.startswith("  IncomingSMS: txn_ref=TX-")
    assert "passed_on={'shop': ('7',)}, msg=Are you open on Sunday?, currency=SGD" in received
    assert paid.startswith("Paid 36.50 ")
