"""A Django REST framework service that says which numbers can be configured how, with the framework's own page.

    python examples/forms_drf.py [PORT]

Nothing is sent to the API.
"""

import sys
from typing import Any

from django.conf import settings
from django.core.management import execute_from_command_line
from django.urls import path
from django.utils.crypto import get_random_string

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DEBUG=True,  # so that the page gets its style sheets
    INSTALLED_APPS=["django.contrib.staticfiles", "rest_framework"],
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
    ROOT_URLCONF=__name__,
    SECRET_KEY=get_random_string(50),
    STATIC_URL="/static/",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
)

# The framework asks for settings when it is imported.
from rest_framework.generics import GenericAPIView  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402

from hoiio_numbers import capabilities_for  # noqa: E402
from hoiio_numbers.forms.drf import NumberConfigSerializer  # noqa: E402


class Configure(GenericAPIView[Any]):
    """Says what numbers of a country (`?country=SG`) can receive, and whether a number can be configured so."""

    serializer_class = NumberConfigSerializer

    def get_serializer(self, *args: Any, **options: Any) -> NumberConfigSerializer:
        """The serializer, with what the country's numbers can receive."""
        serializer = NumberConfigSerializer(*args, **options)
        serializer.narrow(capabilities_for(self.request.query_params.get("country")))
        return serializer

    def get(self, request: Request) -> Response:
        """Answer with what the country's numbers can receive."""
        capabilities = capabilities_for(request.query_params.get("country"))
        return Response(capabilities.to_dict() if capabilities else {})

    def post(self, request: Request) -> Response:
        """Answer with the number in E.164 form and the warnings, or with what cannot work."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response({"number": serializer.validated_data["number"], "warnings": serializer.warnings})


urlpatterns = [path("", Configure.as_view())]

if __name__ == "__main__":
    port = sys.argv[1] if len(sys.argv) > 1 else "8000"
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", f"127.0.0.1:{port}"])
