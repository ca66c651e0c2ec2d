"""Where does a condition in FEEL (DMN 1.5, chapter 10) send the token?"""

from typing import Any

from tests.conformance.control_flow.expectation import Case

CHOICE = "start s\nxor g default=no\nend yes no\ns -> g\ng -> yes if {}\ng -> no"


def _sends(outcome: str, condition: str, **variables: Any) -> Case:
    diagram = CHOICE.replace("{}", condition)
    if outcome == "incident":
        return Case(diagram=diagram, variables=variables, status="incident", incidents="*@g", ended="")
    return Case(diagram=diagram, variables=variables, ended=outcome)


XS = [1, 2, 3, 4]
CASES = {
    "tenths add up exactly": _sends("yes", "0.1 + 0.2 = 0.3"),
    "tenths given from outside add up exactly": _sends("yes", "x + 0.2 = 0.3", x=0.1),
    "a third times three is not one": _sends("no", "1 / 3 * 3 = 1"),
    "a whole number with a point is the same number": _sends("yes", "x = 1", x=1.0),
    "a long number keeps its digits": _sends("yes", "x = 12345678901234567890", x=12345678901234567890),
    "names may have spaces": _sends("yes", "patient age > 3", **{"patient age": 5}),
    "names may begin like a function": _sends(
        "yes", 'date(date of birth) < @"2001-01-01"', **{"date of birth": "2000-01-01"}
    ),
    "names may have a hyphen": _sends("yes", "a-b = 7", **{"a-b": 7}),
    "between includes both ends": _sends("yes", "x between 1 and 5", x=5),
    "an open range leaves its end out": _sends("no", "x in [1..5)", x=5),
    "a closed range has its end": _sends("yes", "x in (1..5]", x=5),
    "in takes several tests": _sends("yes", "x in (1, 7, > 9)", x=10),
    "some of a list": _sends("yes", "some i in xs satisfies i > 3", xs=XS),
    "every of an empty list": _sends("yes", "every i in xs satisfies i > 3", xs=[]),
    "some of an empty list": _sends("no", "some i in xs satisfies i > 3", xs=[]),
    "a missing variable equals null": _sends("yes", "x = null"),
    "a missing variable is not unequal to null": _sends("no", "x != null"),
    "null is not false": _sends("no", "x = false"),
    "null or true is true": _sends("yes", "x or true"),
    "null and false is false": _sends("no", "x and false"),
    "null and true decides nothing": _sends("incident", "x and true"),
    "null or false decides nothing": _sends("incident", "x or false"),
    "not null decides nothing": _sends("incident", "not(x)"),
    "a comparison with null decides nothing": _sends("incident", "x > 1"),
    "an order between text and number decides nothing": _sends("incident", "x < 1", x="a"),
    "an equality between text and number decides nothing": _sends("incident", "x = 1", x="1"),
    "a property of null decides nothing": _sends("incident", "x.y > 1"),
    "if takes the else branch for null": _sends("no", "if x then true else false"),
    "a filter counts what it finds": _sends("yes", "count(xs[item > 2]) = 2", xs=XS),
    "a list is counted from one": _sends("yes", "xs[1] = 1", xs=XS),
    "a list is counted from its end": _sends("yes", "xs[-1] = 4", xs=XS),
    "a list has nothing at nought": _sends("yes", "xs[0] = null", xs=XS),
    "a list of contexts is filtered by their entries": _sends(
        "yes", 'ps[name = "Ada"].age = [36]', ps=[{"name": "Ada", "age": 36}, {"name": "Bo", "age": 2}]
    ),
    "a list of contexts gives a list of entries": _sends("yes", "ps.age = [1, 2]", ps=[{"age": 1}, {"age": 2}]),
    "a context has its entries": _sends("yes", 'p.name = "Ada"', p={"name": "Ada"}),
    "a missing entry is null": _sends("yes", "p.other = null", p={"name": "Ada"}),
    "entries of a context see those before": _sends("yes", "{a: 1, b: a + 1}.b = 2"),
    "a month after January's end is February's end": _sends(
        "yes", 'date("2024-01-31") + duration("P1M") = date("2024-02-29")'
    ),
    "a day that does not exist is null": _sends("yes", 'date("2024-02-30") = null'),
    "a day has twenty-four hours": _sends("yes", '@"PT24H" = @"P1D"'),
    "a year has twelve months": _sends("yes", '@"P1Y" = @"P12M"'),
    "one instant in two offsets": _sends("yes", '@"2024-01-01T10:00:00Z" = @"2024-01-01T12:00:00+02:00"'),
    "a date has its weekday": _sends("yes", 'date("2024-05-06").weekday = 1'),
    "a text is as long as its characters": _sends("yes", "string length(x) = 2", x="a👍"),
    "a text with quotes and less-than signs": _sends("yes", r'x = "say \"<&>\""', x='say "<&>"'),
    "a text is found regardless of case": _sends("yes", 'matches(x, "^ab", "i")', x="ABC"),
    "a text and a number do not add up": _sends("yes", '"a" + 1 = null'),
    "a division by nought is null": _sends("yes", "1 / 0 = null"),
    "modulo follows the divisor": _sends("yes", "modulo(-12, 5) = 3"),
    "decimal rounds to the even digit": _sends("yes", "decimal(2.5, 0) = 2"),
    "for counts down as well": _sends("yes", "(for i in 3..1 return i * i) = [9, 4, 1]"),
    "for sees what it has given": _sends("yes", "(for i in 1..4 return if i = 1 then 1 else i * partial[-1])[4] = 24"),
    "null is instance of nothing": _sends("no", "x instance of number"),
    "a number is instance of number": _sends("yes", "x instance of number", x=1),
    "a list contains null": _sends("yes", "list contains(xs, null)", xs=[1, None]),
    "ranges know what comes before": _sends("yes", "before([1..3], [4..5])"),
    "a condition may be a function's result": _sends("yes", "all([x > 1, x < 5])", x=2),
    "negation binds closer than comparison": _sends("yes", "not(x > 5) and -x < 0", x=2),
    "a local name hides the outer one": _sends("yes", "(some x in [9] satisfies x = 9) and x = 1", x=1),
}
