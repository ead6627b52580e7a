"""Mutants: a module's text with one thing in it changed.

The operators are mutmut's, and some that it has not. Its own runner does not fit: it leaves alone what stands outside
functions and every decorated function, which are the tables of facts and all the rules, and it takes no sample.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from difflib import unified_diff
from functools import cached_property
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import libcst as cst
from attrs import frozen
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators, operator_arg_removal, operator_string

Operator = Callable[[Any], Iterable[cst.CSTNode]]


@frozen
class Mutant:
    """Another node in the place of one in the tree of a module."""

    path: Path
    line: int
    tree: cst.Module
    node: cst.CSTNode
    other: cst.CSTNode

    @cached_property
    def source(self) -> str:
        """The text of the module with the change."""
        changed: Any = self.tree.deep_replace(self.node, self.other)
        return str(changed.code)

    @property
    def diff(self) -> list[str]:
        """The lines that are others, each behind a minus or a plus."""
        lines = unified_diff(self.tree.code.splitlines(), self.source.splitlines(), lineterm="", n=0)
        return [line for line in lines if line[0] in "-+"][2:]

    @property
    def key(self) -> tuple[str, str, str]:
        """The module, and its lines as they were and became, in one line each."""
        was, became = (" ".join(" ".join(it[1:].split()) for it in self.diff if it[0] == sign) for sign in "-+")
        return self.path.stem, was, became


def sample(paths: Iterable[Path], count: int, seed: str) -> list[Mutant]:
    """*count* mutants of all that there are, drawn by digests of the change: edits elsewhere draw no others."""

    def drawn(mutant: Mutant) -> bytes:
        was, became = (mutant.tree.code_for_node(node).strip() for node in (mutant.node, mutant.other))
        return sha256(f"{seed} {mutant.path.stem} {was} {became}".encode()).digest()

    every = chain.from_iterable(map(_mutants, paths))
    return sorted(sorted(every, key=drawn)[:count], key=lambda it: (it.path, it.line))


def _mutants(path: Path) -> Iterator[Mutant]:
    wrapper = MetadataWrapper(cst.parse_module(path.read_text(encoding="utf-8")))
    tree, places = wrapper.module, wrapper.resolve(PositionProvider)
    for node in _worth_changing(tree):
        for kind, operator in OPERATORS:
            if isinstance(node, kind):
                for other in operator(node):
                    yield Mutant(path, places[node].start.line, tree, node, other)


# -- what is changed ---------------------------------------------------------------------------------------------------

WORDING = {"message", "hint"}


def _worth_changing(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Every node but those of types and of texts for people, which decide nothing."""
    match node:
        case cst.Annotation() | cst.Import() | cst.ImportFrom() | cst.AssignTarget() | cst.FormattedString():
            return
        case cst.Arg(keyword=cst.Name(value=name)) if name in WORDING:
            return
        case cst.Expr(value=cst.SimpleString()):
            return
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]) if re.match("[A-Z][a-z]", name):
            return  # another name of a type
    yield node
    for child in node.children:
        if not isinstance(node, cst.For | cst.CompFor) or child is not node.target:
            yield from _worth_changing(child)


# -- operators besides mutmut's ----------------------------------------------------------------------------------------


def _without(node: cst.Call) -> Iterator[cst.CSTNode]:
    """A call without a named argument, or the last of the others: what mutmut does besides mostly breaks it."""
    last = max((index for index, arg in enumerate(node.args) if not arg.keyword), default=0)
    for index, arg in enumerate(node.args if len(node.args) > 1 else ()):
        if arg.keyword or index == last:
            yield node.with_changes(args=[*node.args[:index], *node.args[index + 1 :]])


def _longer(node: cst.SimpleString) -> Iterator[cst.CSTNode]:
    """Only the first of mutmut's three changes of a string; the others are noticed where it is."""
    yield from [*operator_string(node)][:1]


def _negated(node: cst.If | cst.While | cst.CompIf) -> Iterator[cst.CSTNode]:
    """The condition the other way round, where no other operator turns it."""
    if not isinstance(node.test, cst.Comparison | cst.UnaryOperation):
        test = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        yield node.with_changes(test=cst.UnaryOperation(cst.Not(), test))


def _unfiltered(node: cst.CompFor) -> Iterator[cst.CSTNode]:
    """A comprehension without its condition."""
    if node.ifs:
        yield node.with_changes(ifs=[])


def _removed(node: cst.SimpleStatementLine) -> Iterator[cst.CSTNode]:
    """Nothing in the place of a call or a raise."""
    if isinstance(node.body[0], cst.Raise | cst.Expr) and not isinstance(_value(node.body[0]), cst.SimpleString):
        yield node.with_changes(body=[cst.Pass()])


def _value(statement: cst.CSTNode) -> object:
    return getattr(statement, "value", None)


def _nothing(node: cst.Return) -> Iterator[cst.CSTNode]:
    """None returned in the place of a value."""
    if node.value and not (isinstance(node.value, cst.Name) and node.value.value == "None"):
        yield node.with_changes(value=cst.Name("None"), whitespace_after_return=cst.SimpleWhitespace(" "))


def _unbounded(node: cst.Slice) -> Iterator[cst.CSTNode]:
    """A slice without its start, and without its end."""
    yield from (node.with_changes(**{end: None}) for end in ("lower", "upper") if getattr(node, end))


def _fewer(node: cst.Tuple | cst.List | cst.Set | cst.Dict) -> Iterator[cst.CSTNode]:
    """A written list without one of its entries; a bare tuple, which is unpacked, would only break."""
    if not isinstance(node, cst.Tuple) or node.lpar:
        for index in range(len(node.elements) if len(node.elements) > 1 else 0):
            yield node.with_changes(elements=[*node.elements[:index], *node.elements[index + 1 :]])


OPERATORS: list[tuple[Any, Operator]] = [
    *(it for it in mutation_operators if it[1] not in {operator_arg_removal, operator_string}),
    (cst.Call, _without),
    (cst.SimpleString, _longer),
    (cst.If | cst.While | cst.CompIf, _negated),
    (cst.CompFor, _unfiltered),
    (cst.SimpleStatementLine, _removed),
    (cst.Return, _nothing),
    (cst.Slice, _unbounded),
    (cst.Tuple | cst.List | cst.Set | cst.Dict, _fewer),
]
