"""One check at a time: the library beside its peers, on the same requests, the answers compared before the times."""

from collections.abc import Sequence

from attrs import frozen

from benchmarks import inputs
from benchmarks.inputs import Request
from benchmarks.peers import BASE_LINES, PEERS, Answers, Peer
from benchmarks.straight import Broken
from benchmarks.timing import Subject, Times, interleaved
from hoiio_numbers import Checker, Report, check_config, check_mapping

OURS = "hoiio-numbers"
OURS_OK_ALONE = "hoiio-numbers, only .ok"
OURS_IN_WORDS = "hoiio-numbers, every text read"
CHECKER = Checker()


class AnswersDifferError(AssertionError):
    """A peer and the library do not agree, so that their times say nothing."""


def report_on(request: Request) -> Report:
    """The library's report, as the answers of peers are compared with it."""
    return check_config(
        request.number, forward_to=request.forward_to, forward_sms_to=request.forward_sms_to, mode=request.mode
    )


def ours(request: Request) -> object:
    """What is timed: the report, whether it is ok and, when it is not, every violation; texts are made when read."""
    report = check_config(
        request.number, forward_to=request.forward_to, forward_sms_to=request.forward_sms_to, mode=request.mode
    )
    return report.ok or report.violations


def by_checker(request: Request) -> object:
    """The same by a method of a `Checker`."""
    report = CHECKER.check_config(
        request.number, forward_to=request.forward_to, forward_sms_to=request.forward_sms_to, mode=request.mode
    )
    return report.ok or report.violations


def by_mapping(request: Request) -> object:
    """The same of a mapping, as a form or a JSON body has it."""
    report = check_mapping(request._asdict())
    return report.ok or report.violations


def ok_alone(request: Request) -> bool:
    """The decision without the texts."""
    return check_config(
        request.number, forward_to=request.forward_to, forward_sms_to=request.forward_sms_to, mode=request.mode
    ).ok


def in_words(request: Request) -> object:
    """The same, and the message and the hint of every violation."""
    report = check_config(
        request.number, forward_to=request.forward_to, forward_sms_to=request.forward_sms_to, mode=request.mode
    )
    return report.ok or [(violation.message, violation.hint) for violation in report.violations]


def compare(requests: Sequence[Request]) -> None:
    """Hold the answers of all peers against the library's; raises `AnswersDifferError` naming the first request."""
    for request in requests:
        report = report_on(request)
        for name, peer in PEERS.items():
            answer = peer.check(request)
            if not _agree(report, answer, peer):
                expected = sorted(map(str, _found(report))) or "nothing"
                shown = tuple(value and value[:200] for value in request)
                raise AnswersDifferError(f"{name} says {answer!r} where the library found {expected}: {shown}")


def _found(report: Report) -> set[Broken]:
    return {(violation.field, violation.code) for violation in report.violations}


def _agree(report: Report, answer: object, peer: Peer) -> bool:
    if peer.answers is Answers.ALL:
        return answer == _found(report)
    if peer.answers is Answers.YES_OR_NO:
        return answer is report.ok
    if answer is None:
        return report.ok
    return answer in {(error.field, error.code) for error in report.errors}


@frozen
class Mix:
    """The times of all on one mix of requests."""

    requests: int
    refused: int
    times: dict[str, Times]


def measure(requests: Sequence[Request], rounds: int) -> Mix:
    """Compare, then time everything in turns."""
    compare(requests)
    checks = {OURS: ours, OURS_OK_ALONE: ok_alone, OURS_IN_WORDS: in_words, **BASE_LINES}
    checks.update({name: peer.check for name, peer in PEERS.items()})
    times = interleaved({name: Subject(check, requests) for name, check in checks.items()}, rounds)
    return Mix(len(requests), sum(not report_on(request).ok for request in requests), times)


def measure_ways_in(requests: Sequence[Request], rounds: int) -> dict[str, Times]:
    """The ways to ask for the same check, and the same numbers as people type them."""
    typed = inputs.as_typed(requests)
    return interleaved(
        {
            "check_config()": Subject(ours, requests),
            "Checker().check_config()": Subject(by_checker, requests),
            "check_mapping()": Subject(by_mapping, requests),
            "check_config(), numbers typed with spaces": Subject(ours, typed),
        },
        rounds,
    )
