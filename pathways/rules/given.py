"""What does an expression of a diagram give, as far as it is written down? Texts, alone, in branches and in lists."""

from collections.abc import Iterator

from pathways.feel import syntax as ast
from pathways.feel.parser import parse_expression
from pathways.feel.scanner import FeelSyntaxError


def tree_of(feel: str) -> ast.Node | None:
    """Parse an expression; None when it is none, which is a finding of its own."""
    try:
        return parse_expression(feel)
    except FeelSyntaxError:
        return None


def texts_given(feel: str | None) -> Iterator[str]:
    """Give every text that an expression may give by itself; what it computes or reads is not foreseen."""
    tree = tree_of(feel) if feel else None
    if tree is not None:
        yield from _texts(tree)


def _texts(tree: ast.Node) -> Iterator[str]:
    parts = tree.items if isinstance(tree, ast.ListLiteral) else ()
    for part in (tree.consequence, tree.alternative) if isinstance(tree, ast.If) else parts:
        yield from _texts(part)
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        yield tree.value
