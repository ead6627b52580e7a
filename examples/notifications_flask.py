"""A Flask server that hears of calls, SMS and faxes, and prints them.

    python examples/notifications_flask.py [PORT]

Give a number the printed URL, with `/notifications` behind it, as `forward_to` and `forward_sms_to`.
"""

import os
import sys

from flask import Flask, request

from hoiio_numbers import IncomingCall, IncomingFax, IncomingSMS, NotificationError, parse_notification

# Anyone who knows the URL can call it: take a path that nobody guesses.
PATH = os.environ.get("NOTIFICATIONS_PATH", "/notifications")

app = Flask(__name__)


@app.post(PATH)
def receive() -> str:
    """Take a notification. The raw query it must be, for an SMS may come in Latin-1."""
    match parse_notification(request.query_string):
        case IncomingCall() as call:
            print(f"{call.sender} calls {call.to}: session {call.session}", flush=True)
        case IncomingSMS() as sms:
            print(f"{sms.sender} writes to {sms.to}: {sms.msg!r}", flush=True)
        case IncomingFax() as fax:
            print(f"{fax.sender} sent a fax to {fax.to}: {fax.fax_url or fax.fax_error_code}", flush=True)
    return ""


@app.errorhandler(NotificationError)
def refuse(error: NotificationError) -> tuple[str, int, dict[str, str]]:
    """Say why something is no notification."""
    return str(error), 400, {"Content-Type": "text/plain; charset=utf-8"}


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
