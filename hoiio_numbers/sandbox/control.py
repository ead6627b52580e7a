"""What only a sandbox can do, for those who talk to it over HTTP: let things go wrong, and let things arrive."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from hoiio_numbers.sandbox.deliveries import UndeliverableError, send
from hoiio_numbers.sandbox.faults import Faults
from hoiio_numbers.sandbox.protocol import Answer, Parameters, Protocol
from hoiio_numbers.sandbox.store import Application, Delivery, RefusedError, Store
from hoiio_numbers.statuses import NOT_DONE, SUCCESS
from hoiio_numbers.text import shown

N = TypeVar("N", int, float)

_GOES_WITH = {"verb": "fault", "times": "fault", "seed": "share"}


class Control:
    """The endpoints below `sandbox/`: they take an application's credentials as the API's own do."""

    def __init__(self, protocol: Protocol, store: Store, faults: Faults, *, anywhere: bool) -> None:
        self._protocol = protocol
        self._store = store
        self._faults = faults
        self._anywhere = anywhere
        self.verbs: Mapping[str, Callable[[Application, Parameters], Answer]] = {
            "fault": self._fault,
            "event": self._event,
            "deliveries": self._deliveries,
        }

    def answer(self, verb: str, parameters: Parameters) -> Answer:
        """The answer to a call of `sandbox/<verb>`, one of `verbs`, with its `status` and, of an error, a `message`."""
        try:
            application = self._protocol.authenticated(parameters)
            return {"status": SUCCESS, **self.verbs[verb](application, parameters)}
        except RefusedError as refused:
            return {"status": refused.status}
        except (UndeliverableError, ValueError) as error:
            return {"status": NOT_DONE, "message": str(error)}

    def _fault(self, _application: Application, parameters: Parameters) -> Answer:
        """Plan a `fault` for the next `times` calls of a `verb`, or scatter some over a `share`, or clear all.

        `seconds` is how long `slow` and `refuse` last from now on. What would not count is refused.
        """
        if parameters.get("fault") and parameters.get("share"):
            raise ValueError("give a fault or a share, not both")
        for name, whole in _GOES_WITH.items():
            if parameters.get(name) and not parameters.get(whole):
                raise ValueError(f"{name} goes with a {whole}: give one, too")
        if seconds := parameters.get("seconds"):
            self._faults.seconds = _number(float, "seconds", seconds)
        if share := parameters.get("share"):
            self._faults.scatter(_number(float, "share", share), seed=_number(int, "seed", parameters.get("seed", "0")))
        elif fault := parameters.get("fault"):
            times = _number(int, "times", parameters.get("times", "1"))
            self._faults.plan(fault, verb=parameters.get("verb") or None, times=times)
        else:
            self._faults.clear()
        return {}

    def _event(self, application: Application, parameters: Parameters) -> Answer:
        """Let an event of a `kind` arrive at the number `to`."""
        kind, number, sender = (parameters.get(name, "") for name in ("kind", "to", "from"))
        sent = send(self._store, application.app_id, kind, number, sender, parameters, anywhere=self._anywhere)
        return {"entries": [_shown(delivery) for delivery in sent]}

    def _deliveries(self, application: Application, _parameters: Parameters) -> Answer:
        own = (it for it in self._store.deliveries() if it.app_id == application.app_id)
        return {"entries": [_shown(delivery) for delivery in own]}


def _number(kind: Callable[[str], N], name: str, text: str) -> N:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{name} must be a number, not {shown(text)!r}") from None


def _shown(delivery: Delivery) -> dict[str, str]:
    return {
        "number": delivery.number,
        "kind": delivery.kind,
        "url": delivery.url,
        "at": delivery.at.isoformat(),
        "outcome": delivery.outcome,
    }
