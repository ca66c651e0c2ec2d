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
