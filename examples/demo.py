"""The vendor's guide from end to end, against a Number API on this machine: no account, no money.

python examples/demo.py
"""

from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import SimpleQueue
from threading import Thread
from time import perf_counter
from typing import Any

from attrs import asdict

from hoiio_numbers import Hoiio, InvalidRequestError, capabilities_for, parse_notification
from hoiio_numbers.client import NumberAPI
from hoiio_numbers.sandbox import Sandbox

VOICE, SMS, FAX = (f"https://example.com/{service}" for service in ("voice", "sms", "fax"))


def main() -> None:
    """Start a sandbox, walk the guide and say what was done."""
    start = perf_counter()
    with Sandbox() as sandbox, Hoiio(**sandbox.settings) as hoiio:
        print(f"A sandbox serves at {sandbox.base_url}.")
        look_around(hoiio.number)
        buy(hoiio.number)
        configure(hoiio.number)
        show(hoiio.number)
        hear(hoiio.number, sandbox)
        paid = sum(charge.amount for charge in sandbox.charges())
        print(f"\nPaid {paid} of the sandbox's dollars, in {perf_counter() - start:.1f} s.")


def look_around(number: NumberAPI) -> None:
    """What there is, and what it costs."""
    say("Countries", "hoiio.number.available_countries()")
    for country in number.available_countries().entries:
        entry = capabilities_for(country.code)
        receives = ", ".join(sorted(entry.services)) if entry else "?"
        states = f"; sold by state, of which it has {len(country.states)}" if country.states else ""
        print(f"  {country.name} [{country.code}] with number prefix {country.prefix}: {receives}{states}")

    say("Numbers in Alabama", "hoiio.number.available_numbers('US', 'AL')")
    numbers = number.available_numbers("US", "AL")
    print(f"  {', '.join(entry.number for entry in numbers.entries[:3])}, … {numbers.total_entries_count} in all")

    say("What a number costs", "hoiio.number.rate('US')")
    rates = number.rate("US")
    print(f"  {', '.join(f'{entry.duration} month: {entry.rate} {rates.currency}' for entry in rates.entries)}")


def buy(number: NumberAPI) -> None:
    """A number of the US, extended by itself, and one of Singapore."""
    for bought, duration in (("+16001234567", 1), ("+16001234567", "auto_extend"), ("+6511111111", 3)):
        say("Subscribe", f"hoiio.number.subscribe({bought!r}, {duration!r})")
        done = number.subscribe(bought, duration)
        print(f"  charged {done.debit} {done.currency}; it is ours until {done.expiry}")


def configure(number: NumberAPI) -> None:
    """Three requests that cannot work, refused before anything is sent, and two that can."""
    refused: list[dict[str, Any]] = [
        {"number": "+16001234567", "forward_to": FAX, "forward_sms_to": SMS, "mode": "fax"},
        {"number": "+6511111111", "forward_to": VOICE, "mode": ["voice", "fax"]},
        {"number": "+6511111111", "forward_to": "example.com/voice", "forward_sms_to": SMS},
    ]
    accepted: list[dict[str, Any]] = [
        {"number": "+16001234567", "forward_to": VOICE, "forward_sms_to": SMS},
        {"number": "+6511111111", "forward_to": FAX, "mode": "fax"},
    ]
    for request in (*refused, *accepted):
        arguments = ", ".join(f"{name}={value!r}" for name, value in request.items())
        say("Configure", f"hoiio.number.configure({arguments})")
        try:
            report = number.configure(**request).report
        except InvalidRequestError as error:
            report = error.report
        print(f"  {'accepted' if report else 'refused, and nothing was sent'}")
        for violation in report.violations:
            print(f"  {violation.severity} {violation.code}: {violation}")
            print(f"    {violation.hint}")
            if violation.source:
                print(f"    {violation.source.file}:{violation.source.line}: {violation.source.text}")


def show(number: NumberAPI) -> None:
    """What we have now."""
    say("Our numbers", "hoiio.number.subscribed_numbers()")
    for ours in number.subscribed_numbers().entries:
        place = f"{ours.country}-{ours.state}" if ours.state else ours.country
        print(f"  {ours.number} ({place}) until {ours.expiry}, auto-extend {ours.auto_extend_status}")
        print(f"    {ours.mode}: {ours.forward_to}, SMS: {ours.forward_sms_to}")


class Receiver(BaseHTTPRequestHandler):
    """What stands at a URL of ours; of each request it keeps the path, which holds the notification."""

    received: SimpleQueue[str] = SimpleQueue()

    def do_POST(self) -> None:
        """Take a notification."""
        self.received.put(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def hear(number: NumberAPI, sandbox: Sandbox) -> None:
    """Somebody writes to one of our numbers, and a server of ours hears of it."""
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/sms?shop=7"
        say("A server of ours is to hear of SMS", f"hoiio.number.reconfigure('+16001234567', forward_sms_to={url!r})")
        number.reconfigure("+16001234567", forward_sms_to=url)
        say("An SMS is sent to it", "sandbox.send('sms', '+16001234567', msg='Are you open on Sunday?')")
        (delivery,) = sandbox.send("sms", "+16001234567", msg="Are you open on Sunday?")
        print(f"  announced, and answered with {delivery.outcome}")
        say("What our server received", "parse_notification(path)")
        sms = parse_notification(Receiver.received.get())
        print(f"  {type(sms).__name__}: {', '.join(f'{name}={value}' for name, value in asdict(sms).items())}")
        server.shutdown()


def say(what: str, call: str) -> None:
    """What comes next, and the call that does it."""
    print(f"\n{what}: {call}")


if __name__ == "__main__":
    main()
