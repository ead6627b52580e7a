"""A FastAPI server that hears of calls, SMS and faxes, and prints them.

    python examples/notifications_fastapi.py [PORT]

Give a number the printed URL, with `/notifications` behind it, as `forward_to` and `forward_sms_to`.
"""

import os
import sys

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

from hoiio_numbers import IncomingCall, IncomingFax, IncomingSMS, NotificationError, parse_notification

# Anyone who knows the URL can call it: take a path that nobody guesses.
PATH = os.environ.get("NOTIFICATIONS_PATH", "/notifications")

app = FastAPI(title="Calls, SMS and faxes")


@app.post(PATH)
def receive(request: Request) -> None:
    """Take a notification. The raw query it must be, for an SMS may come in Latin-1."""
    match parse_notification(request.scope["query_string"]):
        case IncomingCall() as call:
            print(f"{call.sender} calls {call.to}: session {call.session}", flush=True)
        case IncomingSMS() as sms:
            print(f"{sms.sender} writes to {sms.to}: {sms.msg!r}", flush=True)
        case IncomingFax() as fax:
            print(f"{fax.sender} sent a fax to {fax.to}: {fax.fax_url or fax.fax_error_code}", flush=True)


@app.exception_handler(NotificationError)
def refuse(_request: Request, error: NotificationError) -> PlainTextResponse:
    """Say why something is no notification."""
    return PlainTextResponse(str(error), 400)


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]) if len(sys.argv) > 1 else 8000)
