"""The values of a Helm release of a Vault or OpenBao server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from policies.guardrails.resource import NotEvaluable, Path, Resource, Unreadable
from policies.guardrails.vault.types import is_on

CHARTS: Final = tuple(
    f"kubernetes:helm.sh/{kind}" for kind in ("v3:Release", "v3:Chart", "v4:Chart", "v2:Chart")
)
_SERVERS: Final = frozenset({"vault", "openbao"})
_FILES: Final = ("valueYamlFiles",)
Config = Mapping[str, Any]


def is_server(chart: Resource) -> bool:
    """Whether it is the chart of a server, from wherever it comes."""
    name = chart.text("chart") or ""
    return name.rstrip("/").rpartition("/")[2].partition(":")[0] in _SERVERS


def value(chart: Resource, *path: str) -> Any:
    """One of its values. Raises NotEvaluable where a file that isn't read may say it."""
    found = chart.get("values", *path)
    if found is None and chart.get(*_FILES):
        raise NotEvaluable(_FILES)
    return found


def runs_server(chart: Resource) -> bool:
    """Whether it makes a server, which the charts do unless told otherwise."""
    return all(_default_on(value(chart, *path)) for path in (("global", "enabled"), ("server", "enabled")))


def _default_on(given: Any) -> bool:
    return given is None or given == "-" or is_on(given)


def is_dev(chart: Resource) -> bool:
    """Whether the server runs in memory, unsealed, with a root token known to all."""
    return is_on(value(chart, "server", "dev", "enabled"))


def config(chart: Resource) -> tuple[Path, Config | None]:
    """The server's configuration and where it stands; None: the chart's own. Raises Unreadable."""
    if not is_on(value(chart, "server", "ha", "enabled")):
        place: tuple[str, ...] = ("server", "standalone", "config")
    elif is_on(value(chart, "server", "ha", "raft", "enabled")):
        place = ("server", "ha", "raft", "config")
    else:
        place = ("server", "ha", "config")
    given = value(chart, *place)
    at = ("values", *place)
    if not given:
        return at, None
    return at, cast("Config", given) if isinstance(given, Mapping) else _parsed(given, at)


def _parsed(text: Any, at: Path) -> Config:
    if not isinstance(text, str):
        raise Unreadable(at, "configuration")
    try:
        found: Any = json.loads(text) if text.lstrip().startswith("{") else _hcl(text)
    except ImportError:  # it says nothing of the text
        raise
    except Exception:  # the parser has no error class of its own
        raise Unreadable(at, "configuration in HCL or JSON") from None
    return cast("Config", found)


def _hcl(text: str) -> Any:
    import hcl2  # here, as it takes a third of a second of the pack's start

    parser: Any = hcl2  # its functions have half their types
    return parser.loads(text + "\n")


def settings(tree: Any, key: str) -> Iterator[Any]:
    """Every value of a setting, however deep it stands."""
    if isinstance(tree, Mapping):
        for name, inner in cast("Config", tree).items():
            if name == key:
                yield inner.strip('"') if isinstance(inner, str) else inner
            yield from settings(inner, key)
    elif isinstance(tree, Sequence) and not isinstance(tree, str):
        for inner in cast("Sequence[Any]", tree):
            yield from settings(inner, key)
