"""How is a built-in function declared, and how do arguments find its parameters? (DMN 1.5 §10.3.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pathways.feel.run import Run
from pathways.feel.syntax import Type
from pathways.feel.types import fitted
from pathways.feel.values import NoValue, Value, classes_of, kind_of

_ANY = "Any"
_F = TypeVar("_F", bound=Callable[..., Value])


@dataclass(frozen=True, slots=True)
class BuiltinParameter:
    """A parameter: any of `types` fits; `many` takes all remaining arguments.

    Values of the classes `fits` need no closer look.
    """

    name: str
    types: tuple[Type, ...]
    optional: bool
    many: bool
    fits: frozenset[type]


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a built-in function."""

    parameters: tuple[BuiltinParameter, ...]
    function: Callable[..., Value]
    needs_run: bool

    def call(self, run: Run, arguments: list[Value]) -> Value:
        """Call with one argument per parameter, the many in one list."""
        return self.function(run, *arguments) if self.needs_run else self.function(*arguments)


@dataclass(frozen=True, slots=True)
class Builtin:
    """A built-in function with all its signatures; the first that takes the arguments is called."""

    name: str
    signatures: tuple[Signature, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameter names of the first signature."""
        return tuple(parameter.name for parameter in self.signatures[0].parameters)

    def call(self, run: Run, values: Sequence[Value], names: tuple[str, ...]) -> Value:
        """Call with positional arguments, or with named ones when there are names.

        Raises:
            NoValue: no signature takes the arguments, or the function has no result for them.
        """
        refusals: list[NoValue] = []
        for signature in self.signatures:
            try:
                arguments = _arguments(signature, values, names)
            except NoValue as refusal:
                refusals.append(refusal)
                continue
            return signature.call(run, arguments)
        raise NoValue(f"{self.name}: {refusals[-1]}")


class Functions:
    """The built-in functions of one file."""

    def __init__(self) -> None:
        self.signatures: dict[str, tuple[Signature, ...]] = {}

    def define(self, *declarations: str, needs_run: bool = False) -> Callable[[_F], _F]:
        """Declare a function as the standard writes it: `substring(string: string, length?: number)`.

        `name?` may be left out or null, `name...` takes all remaining arguments, `a | b` are alternatives.
        """

        def declare(function: _F) -> _F:
            for declaration in declarations:
                name, _, rest = declaration.removesuffix(")").partition("(")
                parameters = tuple(map(_parameter, rest.split(", "))) if rest else ()
                signature = Signature(parameters, function, needs_run)
                self.signatures[name] = (*self.signatures.get(name, ()), signature)
            return function

        return declare


def collected(groups: Sequence[Functions]) -> Mapping[str, Builtin]:
    """All functions of the groups by name."""
    return {name: Builtin(name, signatures) for group in groups for name, signatures in group.signatures.items()}


def _parameter(declaration: str) -> BuiltinParameter:
    name, _, types = declaration.partition(": ")
    alternatives = tuple(map(_type, types.split(" | ")))
    many = name.endswith("...")
    fits = (
        frozenset[type]() if many else frozenset(c for t in alternatives if not t.elements for c in classes_of(t.name))
    )
    return BuiltinParameter(name.rstrip("?."), alternatives, name.endswith("?"), many, fits)


def _type(text: str) -> Type:
    name, _, element = text.removesuffix(">").partition("<")
    return Type(name, (Type(element),) if element else ())


def _arguments(signature: Signature, values: Sequence[Value], names: tuple[str, ...]) -> list[Value]:
    parameters = signature.parameters
    given = _by_name(parameters, values, names) if names else _by_position(parameters, values)
    return [
        value if type(value) in parameter.fits else _argument(parameter, value)
        for parameter, value in zip(parameters, given, strict=True)
    ]


def _by_name(parameters: Sequence[BuiltinParameter], values: Sequence[Value], names: tuple[str, ...]) -> list[Value]:
    named = dict(zip(names, values, strict=True))
    unknown = named.keys() - {parameter.name for parameter in parameters}
    missing = [p.name for p in parameters if p.name not in named and not (p.optional or _accepts_null(p))]
    if unknown or missing or len(named) != len(names):
        expected = ", ".join(parameter.name for parameter in parameters)
        raise NoValue(f"expected the parameters {expected}")
    return [[named[p.name]] if p.many else named.get(p.name) for p in parameters]


def _by_position(parameters: Sequence[BuiltinParameter], values: Sequence[Value]) -> list[Value]:
    if parameters and parameters[-1].many:
        fixed = len(parameters) - 1
        if len(values) <= fixed:
            raise NoValue(f"expected at least {fixed + 1} arguments, got {len(values)}")
        return [*values[:fixed], list(values[fixed:])]
    required = sum(not parameter.optional for parameter in parameters)
    if not required <= len(values) <= len(parameters):
        count = str(required) if required == len(parameters) else f"{required} to {len(parameters)}"
        raise NoValue(f"expected {count} arguments, got {len(values)}")
    return [*values, *[None] * (len(parameters) - len(values))]


def _argument(parameter: BuiltinParameter, value: Value) -> Value:
    if parameter.many and isinstance(value, list):
        return [_fitted(parameter, item) for item in value]
    return None if parameter.optional and value is None else _fitted(parameter, value)


def _fitted(parameter: BuiltinParameter, value: Value) -> Value:
    if _accepts_null(parameter):
        return value
    if value is not None:
        for type_ in parameter.types:
            try:
                return fitted(value, type_)
            except NoValue:
                continue
    expected = " or ".join(map(str, parameter.types))
    raise NoValue(f"'{parameter.name}' has to be {expected}, not {kind_of(value)}")


def _accepts_null(parameter: BuiltinParameter) -> bool:
    return parameter.types[0].name == _ANY
