"""Can any text or any variable make the language fail? Either it is refused with a position, or it has a value."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from pathways.feel import FeelSyntaxError, compile_expression, compile_unary_tests, to_json
from tests.pathways.feel.evaluation import NOW

WORDS = """
a b a.b 1 2.5 -3 0 1e6000 null true false ? item partial ( ) [ ] { } , .. . : + - * / ** = != < <= > >= and or
not( in between if then else for some every satisfies return function( instance of number list< context<
"x" "2026-12-01" @"P1D" @"P1M" @"2026-01-31" @"10:00:00Z" @"2026-12-01T10:00:00" @"2026-12-01T10:00:00@Europe/Paris"
count( sum( min( sort( string( date( time( duration( number( matches( replace( split( substring( sublist(
flatten( round insert remove( now() today() is( before( includes( context modulo( sqrt( log( exp(
""".split()  # noqa: SIM905
SNIPPETS = (
    "day of week(",
    "date and time(",
    "years and months duration(",
    "insert before(",
    "string join(",
    "context put(",
    "get value(",
    "distinct values(",
    "a.b[item > ",
    "for x in a return ",
    "some x in a satisfies ",
    "if a then b else ",
    "{x: 1, y: ",
    "function(x) ",
    "[1..5]",
    ".year",
)
TEXTS = st.lists(st.sampled_from((*WORDS, *SNIPPETS)), max_size=14).map(" ".join) | st.text(max_size=40)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["P1D", "2026-12-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "x"]), inner, max_size=3),
    max_leaves=8,
)
VALUES = (
    '1|0|-2.5|"x"|null|true|a|b|[a, b]|{a: b}|[1..5]|(< b)|@"P1D"|@"-P14M"|@"2026-01-31"|'
    '@"9999-12-31T23:59:59-10:00"|@"0001-01-01T00:00:00+10:00"|@"10:00:00@Europe/Paris"'
)
OPERANDS = st.sampled_from(VALUES.split("|"))
OPERATORS = st.sampled_from(["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in", "between"])


def settled(text: str, context: dict[str, object]) -> None:
    for compile_text in (compile_expression, compile_unary_tests):
        try:
            evaluation = compile_text(text).evaluate(context, now=NOW)
        except FeelSyntaxError as error:
            refusal = error
        else:
            json.dumps(to_json(evaluation.value), allow_nan=False)
            continue
        assert 0 <= refusal.position <= len(text)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.dictionaries(st.sampled_from(["a", "b", "?", "x"]), JSON, max_size=3))
def test_any_text_is_refused_or_has_a_value(text, context):
    settled(text, context)


@settings(max_examples=300, deadline=None)
@given(OPERANDS, OPERATORS, OPERANDS, JSON, JSON)
def test_any_operation_on_any_values_has_a_value(left, operator, right, a, b):
    operation = f"{left} between {right} and b" if operator == "between" else f"{left} {operator} {right}"
    settled(operation, {"a": a, "b": b})


@settings(max_examples=300, deadline=None)
@given(st.data(), st.lists(OPERANDS, max_size=4), JSON, JSON)
def test_any_built_in_function_takes_any_arguments(data, arguments, a, b):
    from pathways.feel.builtins import BUILTINS

    name = data.draw(st.sampled_from(sorted(BUILTINS.keys())))
    settled(f"{name}({', '.join(arguments)})", {"a": a, "b": b})
