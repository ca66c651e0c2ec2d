"""Is the demo a client like any other? It may read documents as everybody can, and nothing of the inside."""

import ast
from pathlib import Path

INSIDE = {"api", "workflows", "records", "activities", "worker", "cli", "pathways"}


def test_the_demo_imports_nothing_of_the_inside() -> None:
    imported = {
        name.partition(".")[0]
        for path in Path("demo").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in _names(node)
    }
    assert "interop" in imported
    assert not imported & INSIDE


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
