"""A Django view that hears of calls, SMS and faxes, and prints them.

    python examples/notifications_django.py [PORT]

Give a number the printed URL, with `/notifications` behind it, as `forward_to` and `forward_sms_to`.
"""

import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import path
from django.utils.crypto import get_random_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from hoiio_numbers import IncomingCall, IncomingFax, IncomingSMS, NotificationError, parse_notification

# Anyone who knows the URL can call it: take a path that nobody guesses.
PATH = os.environ.get("NOTIFICATIONS_PATH", "/notifications")


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take a notification. The raw query it must be, for an SMS may come in Latin-1."""
    try:
        notification = parse_notification(request.META["QUERY_STRING"])
    except NotificationError as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain; charset=utf-8")
    match notification:
        case IncomingCall() as call:
            print(f"{call.sender} calls {call.to}: session {call.session}", flush=True)
        case IncomingSMS() as sms:
            print(f"{sms.sender} writes to {sms.to}: {sms.msg!r}", flush=True)
        case IncomingFax() as fax:
            print(f"{fax.sender} sent a fax to {fax.to}: {fax.fax_url or fax.fax_error_code}", flush=True)
    return HttpResponse()


urlpatterns = [path(PATH.removeprefix("/"), receive)]

if __name__ == "__main__":
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
        ROOT_URLCONF=__name__,
        SECRET_KEY=get_random_string(50),
    )
    port = sys.argv[1] if len(sys.argv) > 1 else "8000"
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", f"127.0.0.1:{port}"])
