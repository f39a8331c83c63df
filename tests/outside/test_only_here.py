"""Text from outside is shown by one room alone: nothing else puts it into a message.

Looked at in every module, from the syntax: what an error of a library says, what servers answer,
what tools write and logs hold, and who writes to the terminal.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("workload_secrets", "components", "policies")
ROOM = "workload_secrets/outside/"
SHOWN = frozenset({"OutsideText", "listed", "of_answer", "of_log", "last_line", "aws_code"})
"""What makes a text safe."""
HARMLESS = frozenset({"len", "int", "float", "bool", "type", "isinstance"})
"""What comes out of these is no text of somebody else."""
SAFE_ATTRIBUTES = frozenset({"said", "errors", "status", "strerror"})
"""Texts that are safe already, numbers, and the system's own text of an error's number."""
WRITERS = {
    "workload_secrets/cli/console.py": "the verbs' only way to the terminal",
    "workload_secrets/sandbox/supervisor.py": "answers its parent by a pipe",
    "workload_secrets/sandbox/aws/front.py": "the kind of an error, into the front's own log",
    "workload_secrets/sandbox/engine/serving.py": "tells the engine a plugin's port",
}
ALLOWED = {
    "policies/guardrails/yaml_file.py": "a file of the pack's own; the parser's problem, not the text",
    "workload_secrets/sandbox/engine/program.py": "the user's own program, as Pulumi's language host has it",
    "workload_secrets/graph/symbols.py": "the name of a property that a resource lacks",
}
"""By module: why a foreign error may stand in a message of it."""


def modules() -> list[Path]:
    found = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [path for path in found if not path.relative_to(ROOT).as_posix().startswith(ROOM)]


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT).as_posix()}:{getattr(node, 'lineno', 0)}"


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def in_the_open(node: ast.AST) -> Iterator[ast.AST]:
    """A node with all below it, but for what is made safe on the way."""
    if isinstance(node, ast.Call) and called(node) in SHOWN | HARMLESS:
        return
    if isinstance(node, ast.Attribute) and node.attr in SAFE_ATTRIBUTES:
        return
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.IfExp) and child is node.test):
            yield from in_the_open(child)


def texts(tree: ast.AST) -> Iterator[ast.AST]:
    """Expressions that become part of a text: in f-strings, `str(x)`, `"".join(x)`, `a % b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue):
            yield node.value
        elif isinstance(node, ast.Call) and called(node) in ("str", "repr", "format", "join", "format_exc"):
            yield from node.args
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mod, ast.Add)):
            yield from (node.left, node.right)


def own_errors() -> set[str]:
    """The exceptions that this program defines: their texts are made of what is safe already."""
    return {
        node.name
        for path in [*modules(), *(ROOT / ROOM).rglob("*.py")]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.bases
    } | {"BadSettings"}  # another name of BadFile


OWN = own_errors()


def foreign(handler: ast.ExceptHandler) -> bool:
    """Whether it may catch an error that isn't ours."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = [kind.attr if isinstance(kind, ast.Attribute) else getattr(kind, "id", "") for kind in kinds]
    return not all(name in OWN and not hasattr(builtins, name) for name in names)


def errors_in_texts(path: Path, tree: ast.AST) -> Iterator[str]:
    """Texts of foreign errors that are put into one of ours."""
    for handler in ast.walk(tree):
        if not isinstance(handler, ast.ExceptHandler) or handler.name is None or not foreign(handler):
            continue
        for statement in handler.body:
            for text in texts(statement):
                # `type(error)` is harmless; `code(error)` of ours is looked at where it is defined.
                named = [n for n in _direct(text) if isinstance(n, ast.Name) and n.id == handler.name]
                if named:
                    yield f"{place(path, text)}: shows {handler.name}"


def _direct(node: ast.AST) -> Iterator[ast.AST]:
    """Like `in_the_open`, without what is given to any function: that makes something else of it."""
    if isinstance(node, ast.Attribute) and node.attr in SAFE_ATTRIBUTES:
        return
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(node, ast.Call):
            yield from _direct(child)


def outputs_in_texts(path: Path, tree: ast.AST) -> Iterator[str]:
    """Outputs, answers and logs that are put into a text, also by a variable of the function."""
    for function in ast.walk(tree):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        tainted = set(_tainted(function))
        for text in texts(function):
            for node in in_the_open(text):
                source = _is_source(node)
                variable = isinstance(node, ast.Name) and node.id in tainted
                if source or variable:
                    yield f"{place(path, text)}: {ast.unparse(node)}"


def _is_source(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and node.attr in ("stderr", "stdout"):
        return not (isinstance(node.value, ast.Name) and node.value.id == "sys")
    if isinstance(node, ast.Attribute) and node.attr == "data":
        return isinstance(node.value, ast.Name) and node.value.id in ("answer", "response")
    return isinstance(node, ast.Attribute) and node.attr == "response"


def _tainted(function: ast.AST) -> Iterator[str]:
    """Variables that hold an output or an answer as it came."""
    for node in ast.walk(function):
        value = getattr(node, "value", None)
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or value is None:
            continue
        if any(_is_source(part) for part in in_the_open(value)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (t.id for t in targets if isinstance(t, ast.Name))


TREES = {path: ast.parse(path.read_text("utf-8")) for path in modules()}


def test_no_message_holds_the_text_of_a_foreign_error():
    found = [place for path, tree in TREES.items() for place in errors_in_texts(path, tree)]
    assert [place for place in found if place.partition(":")[0] not in ALLOWED] == []
    assert {place.partition(":")[0] for place in found} == ALLOWED.keys()


def test_no_message_holds_an_output_or_an_answer_as_it_came():
    assert [found for path, tree in TREES.items() for found in outputs_in_texts(path, tree)] == []


def test_one_module_writes_to_the_terminal():
    """And none prints a traceback, whose last line is the text of an error."""
    for path, tree in TREES.items():
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(tree):
            writes = isinstance(node, ast.Call) and ast.unparse(node.func) in (
                *("print", "sys.stderr.write", "sys.stdout.write", "typer.echo", "typer.secho"),
                *("traceback.print_exc", "traceback.print_exception", "traceback.format_exc"),
                *("traceback.format_exception", "logging.exception", "warnings.warn"),
            )
            assert not writes or name in WRITERS, place(path, node)


def test_no_log_is_read_but_by_the_room():
    """`read_text` of a log, and `tail`, were how server logs came into messages."""
    for path, tree in TREES.items():
        for text in texts(tree):
            shows = [
                n for n in in_the_open(text) if isinstance(n, ast.Call) and called(n) in ("read_text", "tail")
            ]
            assert not shows, place(path, text)


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    f()\nexcept OSError as error:\n    raise E(f'no: {error}')",
        "try:\n    f()\nexcept urllib3.exceptions.HTTPError as error:\n    raise E(str(error))",
        "try:\n    f()\nexcept (A, ValueError) as error:\n    raise E('no: ' + error.args[0])",
        "try:\n    f()\nexcept Exception as error:\n    raise E('no: %s' % error)",
    ],
)
def test_a_shown_error_is_noticed(code: str):
    path = ROOT / "workload_secrets" / "x.py"
    assert list(errors_in_texts(path, ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "def f():\n    done = run()\n    raise E(f'no: {done.stderr}')",
        "def f():\n    last = done.stderr.decode().splitlines()[-1:]\n    raise E(' '.join(last))",
        "def f():\n    said = error.response['Error']['Message']\n    raise E(f'{said}')",
        "def f(answer):\n    return 'x' + str(answer.data)",
        "def f(answer):\n    found: object = answer.data.get('x')\n    return f'{found}'",
    ],
)
def test_a_shown_output_is_noticed(code: str):
    path = ROOT / "workload_secrets" / "x.py"
    assert list(outputs_in_texts(path, ast.parse(code)))


def test_what_is_made_safe_is_let_through():
    path = ROOT / "workload_secrets" / "x.py"
    good = "def f():\n    raise E(f'{OutsideText(done.stderr)} {len(done.stdout)} {type(error).__name__}')"
    assert list(outputs_in_texts(path, ast.parse(good))) == []
