"""Each example is started as its page says, by one command, and used over HTTP."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import requests
from served import ROOT, served

NUMBER, CALLS, SMS = "+6561234567", "https://example.com/calls", "https://example.com/sms"


def test_the_django_page() -> None:
    with served("examples/forms_django.py", "0") as (url, _), requests.Session() as browser:
        page = browser.get(url, params={"country": "SG"}, timeout=30).text
        assert page.count('type="checkbox"') == 2
        assert "Numbers of SG cannot receive SMS." in page
        assert browser.get(url, params={"country": "US"}, timeout=30).text.count('type="checkbox"') == 1
        data = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "number": "+65 6123-4567"}
        refused = browser.post(url, {**data, "forward_sms_to": SMS, "mode": ["voice", "fax"]}, timeout=30).text
        assert refused.count('class="error"') == 2
        assert "One number cannot receive voice and fax at the same time." in refused
        assert refused.count('class="warning"') == 1
        assert f"{NUMBER} can be configured so." in browser.post(url, {**data, "forward_to": CALLS}, timeout=30).text


def test_the_flask_page() -> None:
    with served("examples/forms_flask.py", "0") as (url, _):
        page = requests.get(url, {"country": "SG"}, timeout=30).text
        assert page.count('type="checkbox"') == 2
        assert "Numbers of SG cannot receive SMS." in page
        assert requests.get(url, {"country": "US"}, timeout=30).text.count('type="checkbox"') == 1
        data = {"number": "+65 6123-4567"}
        refused = requests.post(url, {**data, "forward_sms_to": SMS, "mode": ["voice", "fax"]}, timeout=30).text
        assert refused.count('class="error"') == 2
        assert refused.count('class="warning"') == 1
        assert f"{NUMBER} can be configured so." in requests.post(url, {**data, "forward_to": CALLS}, timeout=30).text


def test_the_django_rest_framework_service() -> None:
    with served("examples/forms_drf.py", "0") as (url, _):
        page = requests.get(url, {"country": "US"}, headers={"Accept": "text/html"}, timeout=30).text
        assert page.count('type="checkbox"') == 1
        assert requests.get(url, {"country": "US"}, timeout=30).json()["services"] == ["sms", "voice"]
        assert requests.get(url, timeout=30).json() == {}
        refused = requests.post(url, json={"number": NUMBER, "forward_sms_to": SMS}, timeout=30)
        assert (refused.status_code, list(refused.json())) == (400, ["forward_sms_to"])
        done = requests.post(
            url, json={"number": "+65 6123-4567", "forward_to": "http://localhost/"}, timeout=30
        ).json()
        assert (done["number"], list(done["warnings"])) == (NUMBER, ["forward_to"])


def test_the_fastapi_service() -> None:
    with served("examples/forms_fastapi.py", "0") as (url, _):
        request = {"number": NUMBER, "forward_to": CALLS, "mode": ["voice", "fax"]}
        for refused in (
            requests.post(f"{url}/numbers", json=request, timeout=30),
            requests.post(f"{url}/numbers/form", request, timeout=30),
        ):
            assert refused.status_code == 422
            assert [it["type"] for it in refused.json()["detail"]] == ["service.conflict"]
        problem = requests.post(f"{url}/numbers/problems", json=request, timeout=30)
        assert problem.headers["Content-Type"] == "application/problem+json"
        assert [it["pointer"] for it in problem.json()["errors"]] == ["#/mode"]
        fine = {"number": "+65 6123-4567", "forward_to": "http://localhost/", "mode": "fax"}
        for path in ("/numbers", "/numbers/problems"):
            assert requests.post(url + path, json=fine, timeout=30).json()["number"] == NUMBER
        assert "NumberConfig" in requests.get(f"{url}/openapi.json", timeout=30).json()["components"]["schemas"]


def test_a_newcomer_gets_a_working_django_form_with_under_ten_lines(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """A new project, as Django makes it, and nothing besides but the two blocks with which its page begins."""
    page = (ROOT / "docs" / "forms-django.md").read_text(encoding="utf-8")
    urls, template = (
        re.findall(rf"^```{it}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[0] for it in ("python", "html")
    )
    lines = [line for line in (urls + template).splitlines() if line.strip()]
    assert len(lines) < 10

    subprocess.run([sys.executable, "-m", "django", "startproject", "mysite", "."], cwd=tmp_path, check=True)
    settings = tmp_path / "mysite" / "settings.py"
    with_templates = settings.read_text(encoding="utf-8").replace("'DIRS': []", "'DIRS': [BASE_DIR / 'templates']")
    settings.write_text(with_templates, encoding="utf-8")
    (tmp_path / "mysite" / "urls.py").write_text(urls, encoding="utf-8")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "number.html").write_text(template, encoding="utf-8")

    with (
        served("manage.py", "runserver", "--noreload", "127.0.0.1:0", cwd=tmp_path) as (url, _),
        requests.Session() as browser,
    ):
        assert browser.get(url, timeout=30).text.count("<input") == 8, "six parameters, two modes, a token"
        data = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "number": "+65 6123-4567"}
        refused = browser.post(url, {**data, "forward_sms_to": SMS}, timeout=30)
        assert "Numbers of SG cannot receive SMS." in refused.text
        done = browser.post(url, {**data, "forward_to": CALLS, "mode": ["fax"]}, timeout=30, allow_redirects=False)
        assert (done.status_code, done.headers["Location"]) == (302, "?done")
    record_property("count", f"A working Django form: {len(lines)} lines of one's own")
