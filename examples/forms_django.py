"""A Django page for configuring a number, which offers what can work and says what cannot.

    python examples/forms_django.py [PORT]

Nothing is sent to the API.
"""

import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.crypto import get_random_string

from hoiio_numbers import Registry, capabilities_for
from hoiio_numbers.forms.django import NumberConfigForm

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Configure a number</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 2rem auto; padding: 0 1rem }
  label { display: block; font-weight: 600; margin-top: 1rem }
  #id_mode label { font-weight: 400; margin: 0 }
  input:not([type=checkbox]) { box-sizing: border-box; width: 100%; padding: .4rem; font: inherit }
  button { margin-top: 1rem; padding: .4rem 1rem; font: inherit }
  .help { color: #555; font-size: .9rem; margin: 0 }
  .error { color: #a40000; margin: 0 }
  .warning { color: #8a5200; margin: 0 }
  .done { background: #e6f4e6; padding: .5rem 1rem }
</style>
<h1>Configure a number</h1>
<p>Numbers of {% for code in countries %}<a href="?country={{ code }}">{{ code }}</a> {% endfor %}</p>
{% if number %}<p class="done">{{ number }} can be configured so.</p>{% endif %}
<form method="post" novalidate>
  {% csrf_token %}
  {% for it in form.non_field_errors %}<p class="error">{{ it }}</p>{% endfor %}
  {% for field in form %}
    {{ field.label_tag }}
    {{ field }}
    {% for it in field.errors %}<p class="error">{{ it }}</p>{% endfor %}
    {% for it in field.warnings %}<p class="warning">{{ it }}</p>{% endfor %}
    {% if field.help_text %}<p class="help">{{ field.help_text }}</p>{% endif %}
  {% endfor %}
  <button>Check</button>
</form>
"""


def configure(request: HttpRequest) -> HttpResponse:
    """Show the form, and what became of it."""
    country = request.GET.get("country")
    form = NumberConfigForm(request.POST or None, initial={"country": country})
    form.narrow(capabilities_for(country))
    number = form.cleaned_data["number"] if form.is_valid() else None
    countries = Registry.default().in_force().countries
    return render(request, "page.html", {"form": form, "number": number, "countries": countries})


urlpatterns = [path("", configure)]
LOADER = ("django.template.loaders.locmem.Loader", {"page.html": PAGE})

if __name__ == "__main__":
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
        ROOT_URLCONF=__name__,
        SECRET_KEY=get_random_string(50),
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": [LOADER]}},
        ],
    )
    port = sys.argv[1] if len(sys.argv) > 1 else "8000"
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", f"127.0.0.1:{port}"])
