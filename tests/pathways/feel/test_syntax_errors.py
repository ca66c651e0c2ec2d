"""What does an author read when the text is no expression?"""

import pytest

from pathways.feel import FeelSyntaxError, compile_expression, compile_unary_tests

ROWS = {
    "an open bracket": ("(1 + 2", 6, "expected ')' to close the bracket, found the end"),
    "an open string": ('age = "lump', 6, "never closed"),
    "a missing operand": ("age >", 5, "expected a value, a name or a bracket, found the end"),
    "two operands in a row": ("age 45", 4, "expected an operator or the end of the expression, found '45'"),
    "if without else": ("if a then b", 11, "expected 'else'"),
    "if without then": ("if a else b", 5, "expected 'then'"),
    "not without brackets": ("not urgent", 4, "write not(condition)"),
    "a strange character": ("age # 5", 4, "'#' has no meaning here"),
    "a keyword as a value": ("1 + then", 4, "expected a value or a name"),
    "for without return": ("for x in y", 10, "expected 'return'"),
    "between without and": ("x between 1", 11, "expected 'and'"),
    "an entry twice": ("{a: 1, a: 2}", 7, "another name than 'a'"),
    "mixed arguments": ("f(a: 1, 2)", 9, "all arguments with a name or none"),
    "nothing at all": ("", 0, "found the end of the expression"),
    "a comparison with two equal signs": ("a == b", 3, "expected a value"),
}


@pytest.mark.parametrize(("text", "position", "message"), ROWS.values(), ids=ROWS.keys())
def test_refusal(text, position, message):
    with pytest.raises(FeelSyntaxError) as refusal:
        compile_expression(text)
    assert refusal.value.position == position
    assert refusal.value.text == text
    assert message in refusal.value.message


def test_a_wrong_cell_is_refused():
    with pytest.raises(FeelSyntaxError, match="expected"):
        compile_unary_tests("< 5,")


HINTS = {
    "a == b": "one equal sign",
    "a <> b": "written !=",
    "a && b": "a and b",
    "a || b": "a or b",
    "a and !b": "not(condition)",
    "5 % 2": "modulo",
    "2 ^ 3": "a ** b",
    "a ? b : c": "if condition then",
    "${a}": "without ${ }",
    "a = 'x'": "double quotation marks",
    "a = “x”": "straight quotation marks",
    "a ≥ 3": "<= and >=",
    "a => 3": "<= and >=",
    "1,5 + 1": "a point",
    "[1; 2]": "commas",
    "if a then b": "'else'",
    "=a + 1": "not part of it",
}


@pytest.mark.parametrize(("text", "hint"), HINTS.items(), ids=HINTS.keys())
def test_the_habits_of_other_languages_get_a_hint(text, hint):
    with pytest.raises(FeelSyntaxError) as refusal:
        compile_expression(text)
    assert hint in refusal.value.hint
    assert hint in str(refusal.value)


def test_the_place_is_shown_with_a_caret():
    with pytest.raises(FeelSyntaxError) as refusal:
        compile_expression("age > 45\n  and symptom == 3")
    assert (refusal.value.line, refusal.value.column) == (2, 16)
    assert refusal.value.explained().splitlines() == [
        "line 2, column 16: expected a value, a name or a bracket, found '='",
        "  and symptom == 3",
        "               ^",
        "hint: FEEL compares with one equal sign: a = b",
    ]


def test_a_long_line_is_cut_around_the_caret():
    with pytest.raises(FeelSyntaxError) as refusal:
        compile_expression("a + " * 60 + ")")
    line, caret = refusal.value.excerpt.splitlines()
    assert len(line) <= 80
    assert line[len(caret) - 1] == ")"


def test_an_open_comment_is_named():
    with pytest.raises(FeelSyntaxError, match="comment that starts here is never closed"):
        compile_expression("1 + /* two")
