"""The verbs of the command line that talk to the API: each is one call of the client.

Credentials come from the environment, for what stands on a command line can be read by others.
"""

import json
import os
import shlex
import signal
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import wraps
from typing import TYPE_CHECKING, Any

import attrs
import click

from hoiio_numbers.cli import display
from hoiio_numbers.registry import Registry
from hoiio_numbers.services import MODES

if TYPE_CHECKING:  # the client brings requests, which the other verbs do without
    from hoiio_numbers.client import Hoiio
    from hoiio_numbers.drift import Drift

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_anyway = click.option("--anyway", is_flag=True, help="Send what the capability data refuses: it may be outdated.")


def client() -> "Hoiio":
    """The account of the environment; raises a usage error that says what is missing."""
    from hoiio_numbers.client import CREDENTIALS, Hoiio

    if missing := [variable for variable in CREDENTIALS.values() if not os.environ.get(variable, "").strip()]:
        them = "it" if len(missing) == 1 else "them"
        where = f"the sandbox prints {them}, or the developer portal has {them}."
        raise click.UsageError(f"set {' and '.join(missing)}: {where}")
    try:
        return Hoiio()
    except ValueError as error:
        raise click.UsageError(f"{error}") from None


def connected(verb: Callable[..., None]) -> Callable[..., None]:
    """A verb that is given a client as `hoiio`."""

    @wraps(verb)
    def connecting(**options: object) -> None:
        with client() as hoiio:
            verb(hoiio=hoiio, **options)

    return connecting


@click.command()
@click.argument("country")
@click.argument("state", required=False)
@click.option("--page", type=int, help="The page to show, of 20 numbers each; without it every number is shown.")
@as_json
@connected
def available(hoiio: "Hoiio", *, country: str, state: str | None, page: int | None, as_json: bool) -> None:
    """List the numbers that can be had in COUNTRY (such as SG), or in its STATE (such as AL)."""
    if page is None:
        numbers = display.progress(hoiio.number.iter_available_numbers(country, state), "numbers")
    else:
        numbers = [*hoiio.number.available_numbers(country, state, page=page).entries]
    _show(numbers, display.available, as_json=as_json)


@click.command()
@click.argument("country")
@as_json
@connected
def rate(hoiio: "Hoiio", *, country: str, as_json: bool) -> None:
    """Show what a number of COUNTRY costs."""
    _show(hoiio.number.rate(country), display.rates, as_json=as_json)


@click.command()
@as_json
@connected
def numbers(hoiio: "Hoiio", *, as_json: bool) -> None:
    """List the numbers that are yours, with their settings."""
    _show(hoiio.number.subscribed_numbers().entries, display.subscribed, as_json=as_json)


@click.command()
@click.argument("number")
@click.argument("duration", metavar="1|3|12|auto_extend")
@_yes
@_anyway
@as_json
@connected
def subscribe(hoiio: "Hoiio", *, number: str, duration: str, yes: bool, anyway: bool, as_json: bool) -> None:
    """Buy NUMBER for some months, or month by month; one that is yours already is extended."""
    if not yes:
        click.confirm(f"Subscribe to {number} ({duration})? This costs money.", abort=True, err=True)
    _show(hoiio.number.subscribe(number, duration, preflight=not anyway), display.subscription, as_json=as_json)


def _settings(verb: Callable[..., None]) -> Callable[..., None]:
    verb = click.option("--mode", metavar="|".join(MODES), multiple=True, help="What forward-to receives.")(verb)
    verb = click.option("--forward-sms-to", metavar="URL", help="The URL that hears of SMS.")(verb)
    return click.option("--forward-to", metavar="URL", help="The URL that hears of calls, or of faxes in mode fax.")(
        verb
    )


@click.command()
@click.argument("number")
@_settings
@_yes
@_anyway
@as_json
@connected
def configure(hoiio: "Hoiio", *, number: str, yes: bool, anyway: bool, as_json: bool, **settings: Any) -> None:
    """Set where NUMBER announces what it receives: the whole setting, so that what is left out is cleared."""
    _change(hoiio, number, settings, yes=yes, anyway=anyway, as_json=as_json)


@click.command()
@click.argument("number")
@_settings
@click.option("--clear", type=click.Choice(["forward-to", "forward-sms-to", "mode"]), multiple=True, help="Unset it.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@_yes
@_anyway
@as_json
@connected
def reconfigure(
    hoiio: "Hoiio",
    *,
    number: str,
    clear: Collection[str],
    dry_run: bool,
    yes: bool,
    anyway: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Change a part of what NUMBER is set to: what is left out is kept."""
    from hoiio_numbers.client import KEEP

    cleared = dict.fromkeys(name.replace("-", "_") for name in clear)
    if both := [name for name in cleared if settings[name]]:
        raise click.UsageError(f"{both[0]} is both given and cleared.")
    kept = {name: value or KEEP for name, value in settings.items()}
    _change(hoiio, number, {**kept, **cleared}, yes=yes, anyway=anyway, as_json=as_json, dry_run=dry_run)


def _change(
    hoiio: "Hoiio",
    number: str,
    settings: dict[str, Any],
    *,
    yes: bool,
    anyway: bool,
    as_json: bool,
    dry_run: bool = False,
) -> None:
    """Show what would change, ask, and send what was shown."""
    change = hoiio.number.reconfigure(number, **settings, preflight=not anyway, dry_run=True)
    asked = not (dry_run or yes)
    if asked or not as_json:
        display.change(change, stderr=as_json)
    if asked:
        click.confirm("Send this?", abort=True, err=True)
    if not dry_run:
        after: dict[str, Any] = {**change.after}
        hoiio.number.configure(change.before, **after, preflight=False)  # checked already
        change = attrs.evolve(change, sent=True)
    _show(change, display.sent, as_json=as_json)


@contextmanager
def needing_the_sandbox() -> Iterator[None]:
    """Say what to install where what is imported within is not there."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise click.UsageError(f"the sandbox needs {error.name}: pip install 'hoiio-numbers[sandbox]'") from None


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port to listen at; any free one by default."
)
@click.option("--host", default="127.0.0.1", help="The address to listen at; by default only this machine reaches it.")
@click.option("--db", type=click.Path(dir_okay=False), metavar="FILE", help="Keep state in this SQLite file.")
@click.option("--rate-limit", type=click.IntRange(1), metavar="N", help="Take at most N calls a minute.")
@click.option("--deliver-anywhere", is_flag=True, help="Send notifications to other machines, too.")
@click.option(
    "--faults", "share", type=click.FloatRange(0, 1), default=0, metavar="SHARE", help="Let a share of calls go wrong."
)
@click.option("--seed", type=int, default=0, help="Which calls go wrong, and how.")
def sandbox(share: float, seed: int, **options: Any) -> None:
    """Serve a Number API on this machine until it is interrupted, and print the settings of a client for it.

    Its page, for a browser, is named on standard error.
    """
    with needing_the_sandbox():
        from hoiio_numbers.sandbox import Sandbox

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # asked to end, as by Ctrl-C
    with suppress(KeyboardInterrupt), ExitStack() as running:
        try:
            server = running.enter_context(Sandbox(**options))
            server.faults.scatter(share, seed=seed)
        except (OSError, ValueError) as error:  # the latter for a share that is no number
            raise click.UsageError(f"the sandbox cannot start: {getattr(error, 'strerror', None) or error}") from None
        for name, value in server.environment.items():
            click.echo(f"export {name}={shlex.quote(value)}")
        click.echo(f"Its page: {server.page_url}", err=True)
        while True:
            time.sleep(0.5)  # until a signal ends it: one that comes just before a sleep is heard after it


@click.command("sandbox-event")
@click.argument("kind", type=click.Choice(["call", "sms", "fax"]))
@click.argument("to")
@click.option("--from", "sender", default="+6591234567", metavar="NUMBER", help="Who calls or writes.")
@click.option("--msg", help="The text of an SMS.")
@click.option("--tag", help="The tag of a call.")
@click.option("--fax-url", metavar="URL", help="Where the document of a fax is.")
@click.option("--fax-error-code", metavar="CODE", help="Let the fax fail, such as with busy.")
@as_json
@connected
def sandbox_event(hoiio: "Hoiio", *, kind: str, to: str, sender: str, as_json: bool, **details: str | None) -> None:
    """Let a call, an SMS or a fax arrive at the sandbox's number TO, which announces it as configured."""
    given = {name: value for name, value in details.items() if value is not None}
    answer = hoiio.call("sandbox/event", {"kind": kind, "to": to, "from": sender, **given})
    _show(answer["entries"], display.deliveries, as_json=as_json)


@click.command("sandbox-fault")
@click.argument("fault", required=False)
@click.option("--on", "verb", metavar="VERB", help="Of calls of this endpoint only, such as subscribe.")
@click.option("--times", type=click.IntRange(1), help="For so many calls, not for one.")
@click.option("--seconds", type=float, metavar="N", help="How long slow and refuse last from now on; at first 1.")
@connected
def sandbox_fault(hoiio: "Hoiio", **plan: object) -> None:
    """Let the sandbox's next calls go wrong by FAULT, such as drop-after; without one no more."""
    hoiio.call("sandbox/fault", {name: str(value) for name, value in plan.items() if value is not None})
    click.echo(f"Planned: {plan['fault']}." if plan["fault"] else "No more faults.")


def _show(result: Any, show: Callable[[Any], None], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result, indent=2, default=display.plain))
    else:
        show(result)


@connected
def countries(hoiio: "Hoiio", *, as_json: bool) -> None:
    """What `countries --live` shows: the countries that the API sells numbers of."""
    _show(hoiio.number.available_countries().entries, display.live_countries, as_json=as_json)


def drift(registry: Registry) -> "list[Drift]":
    """What `capabilities drift` shows: where the API and *registry* disagree."""
    from hoiio_numbers import drift

    with client() as hoiio:
        return display.progress(drift.drift(hoiio.number, registry), "disagreements")


VERBS = (available, rate, numbers, subscribe, configure, reconfigure, sandbox, sandbox_event, sandbox_fault)
