"""The points at which a process can be killed: read off the source, so that nothing has to be marked in it.

A point is an `await`, an `async with` or `async for`, or a call of the order book's thread that touches a file or the
database. Its label is `module.qualname: what it does`, which stays the same while lines move.
"""

import ast
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[4]
PACKAGE: Final = ROOT / "custom_components" / "esim_topup"

_ROOMS: Final = (
    "__init__.py",
    "house.py",
    "orders/*.py",
    "providers/http/**/*.py",
    "providers/rest/**/*.py",
)

_TOUCHES_DISK: Final = frozenset(
    {
        "close",
        "commit",
        "connect",
        "execute",
        "executemany",
        "executescript",
        "exists",
        "fetchall",
        "fetchone",
        "is_file",
        "open",
        "rollback",
        "run_in_executor",
        "shutdown",
        "submit",
    }
)
"""Names of calls that reach the file, the database or the thread which does."""

_TEXT_MAX: Final = 70

type Span = tuple[int, int, int, int]
"""First line, first column, last line, last column: as bytecode knows its place in the source."""


@dataclass(frozen=True, slots=True)
class Point:
    """One place in the source."""

    label: str
    file: str
    qualname: str
    span: Span


def points() -> list[Point]:
    """Return every point of the rooms that spend, in the order of the source."""
    return [point for path in _files() for point in points_of(path)]


def _files() -> list[Path]:
    return [path for room in _ROOMS for path in sorted(PACKAGE.glob(room))]


def points_of(path: Path) -> list[Point]:
    """Return the points of one file."""
    module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    reader = _Reader(module, str(path))
    reader.visit(ast.parse(path.read_text(encoding="utf-8")))
    return reader.found


class _Reader(ast.NodeVisitor):
    """Walks through a module and remembers in which function it is."""

    def __init__(self, module: str, file: str) -> None:
        self._module = module
        self._file = file
        self._scopes: list[str] = []
        self._seen: Counter[str] = Counter()
        self._parts: set[ast.expr] = set()
        """What belongs to a point that is known already."""
        self.found: list[Point] = []

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._within(node, node.name)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._within(node, node.name, "<locals>")

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._within(node, node.name, "<locals>")

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._within(node, "<lambda>", "<locals>")

    def visit_Await(self, node: ast.Await) -> None:
        self._add(node, f"await {_what(node.value)}")
        self._part_of(node.value)
        self.generic_visit(node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> None:
        for item in node.items:
            self._add(item.context_expr, f"async with {_what(item.context_expr)}")
        self.generic_visit(node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self._add(node.iter, f"async for {_what(node.iter)}")
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        if node.is_async:
            self._add(node.iter, f"async for {_what(node.iter)}")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if _touches_disk(node) and node not in self._parts:
            self._add(node, _statement(node))
            if isinstance(node.func, ast.Attribute):  # execute(...).fetchone() is one
                self._part_of(node.func.value)
        self.generic_visit(node)

    def _part_of(self, node: ast.expr) -> None:
        self._parts.add(node)

    def _within(self, node: ast.AST, *scopes: str) -> None:
        self._scopes += scopes
        self.generic_visit(node)
        del self._scopes[-len(scopes) :]

    def _add(self, node: ast.expr, what: str) -> None:
        qualname = ".".join(self._scopes).removesuffix(".<locals>")
        label = f"{self._module}.{qualname}: {what[:_TEXT_MAX]}"
        self._seen[label] += 1
        if (times := self._seen[label]) > 1:
            label = f"{label} #{times}"
        last_line, last_column = node.end_lineno or 0, node.end_col_offset or 0
        span = (node.lineno, node.col_offset, last_line, last_column)
        self.found.append(Point(label, self._file, qualname, span))


def _what(node: ast.expr) -> str:
    """Name what is called; where nothing is, what stands there."""
    return ast.unparse(node.func if isinstance(node, ast.Call) else node)


def _touches_disk(node: ast.Call) -> bool:
    match node.func:
        case ast.Attribute(attr="replace"):  # a path's, neither a text's nor a date's
            return len(node.args) == 1 and not node.keywords
        case ast.Attribute(attr=name):
            return name in _TOUCHES_DISK
        case _:
            return False


def _statement(node: ast.Call) -> str:
    """Name a call and, where it stands there, the statement that is executed."""
    inner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if isinstance(inner, ast.Call) and _touches_disk(inner):
        return _statement(inner)
    match node.args[:1]:
        case [ast.Constant(value=str() as text)]:
            return f"{_what(node)} {' '.join(text.split())}"
        case [ast.Name(id=name)] if "execute" in _what(node):
            return f"{_what(node)} {name}"
        case _:
            return _what(node)
