"""A Flask page for configuring a number, which offers what can work and says what cannot.

    python examples/forms_flask.py [PORT]

Nothing is sent to the API.
"""

import sys

from flask import Flask, render_template_string, request

from hoiio_numbers import Registry, capabilities_for
from hoiio_numbers.forms.wtforms import NumberConfigForm

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Configure a number</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 2rem auto; padding: 0 1rem }
  label { display: block; font-weight: 600; margin-top: 1rem }
  ul { list-style: none; margin: 0; padding: 0 }
  ul label { display: inline; font-weight: 400 }
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
  {% for it in form.form_errors %}<p class="error">{{ it }}</p>{% endfor %}
  {% for field in form %}
    {{ field.label }}
    {{ field }}
    {% for it in field.errors %}<p class="error">{{ it }}</p>{% endfor %}
    {% for it in form.warnings.get(field.short_name, []) %}<p class="warning">{{ it }}</p>{% endfor %}
    {% if field.description %}<p class="help">{{ field.description }}</p>{% endif %}
  {% endfor %}
  <button>Check</button>
</form>
"""

app = Flask(__name__)


@app.route("/", methods=["GET", "POST"])
def configure() -> str:
    """Show the form, and what became of it."""
    country = request.args.get("country")
    form = NumberConfigForm(request.form, country=country)
    form.narrow(capabilities_for(country))
    number = form.number.data if request.method == "POST" and form.validate() else None
    countries = Registry.default().in_force().countries
    return render_template_string(PAGE, form=form, number=number, countries=countries)


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
