"""Looking through the JSON of `pulumi stack export`.

Format: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go
(DeploymentV3, ResourceV3, OperationV2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from workload_secrets.certify.certificate import Certificate, Finding, Marked, NotLookedAt, Place
from workload_secrets.certify.document import parse
from workload_secrets.certify.finder import TIME_IS_UP, Finder
from workload_secrets.certify.walk import Mark, Path, Text, shown, walk
from workload_secrets.errors import InputError
from workload_secrets.graph.model import PLATFORM_TYPE, SERVER_PLATFORM_TYPE, Resource
from workload_secrets.graph.state import resource

STATE: Final = "the state"
_ENCRYPTED: Final = "encrypted: export it with --show-secrets"
_BY_PLACE: Final = "in plain text"
_LISTS: Final = ("resources", "pending_operations")
_MALFORMED: Final = (KeyError, TypeError, AttributeError, IndexError, ValueError)


class Judge(Protocol):
    """What is known of properties by the resource's type. `side` is `inputs` or `outputs`."""

    def plain(self, found: Resource) -> Iterator[tuple[Path, str]]:
        """Paths, beginning with the side, of what must be marked secret and isn't, and what it is."""
        ...

    def why(self, found: Resource, path: Path) -> str:
        """Why a property is marked, as far as that is known."""
        ...


@dataclass(frozen=True)
class State:
    """A state in parts: the resources, the operations that were under way, and everything else."""

    entries: list[dict[str, Any]]
    pending: list[dict[str, Any]]
    rest: dict[str, Any]

    @classmethod
    def read(cls, content: bytes, name: str) -> State:
        """Raises InputError for what is no state; messages call it `name`."""
        try:
            data: dict[str, Any] = parse(content)
            deployment = cast("dict[str, Any]", data["deployment"] or {})
            entries = cast("list[dict[str, Any]]", deployment.get("resources") or [])
            pending = cast("list[dict[str, Any]]", deployment.get("pending_operations") or [])
            for entry in (*entries, *(operation["resource"] for operation in pending)):
                str.partition(entry["urn"], "::")
                str.partition(entry["type"], ":")
            rest = {**data, "version": data["version"], "deployment": _without(deployment, *_LISTS)}
        except _MALFORMED:
            raise InputError(f"{name}: no output of `pulumi stack export`. Make one with it.") from None
        return cls(entries, pending, rest)

    def declared(self) -> Iterator[Mapping[str, Any]]:
        """What the stack declares, in JSON form."""
        for entry in self.entries:
            if entry["type"] in (PLATFORM_TYPE, SERVER_PLATFORM_TYPE):
                for side in ("outputs", "inputs"):
                    declared = _mapping(_mapping(entry.get(side)).get("declaration"))
                    if declared:
                        yield declared


def look_at_state(state: State, finder: Finder, judge: Judge, into: Certificate) -> None:
    """Adds what a state holds to the certificate."""
    look = _Look(finder, judge, into)
    for number, entry in enumerate(state.entries):
        look.at_entry(entry, f"resources[{number}]")
        into.resources += 1
        if finder.time_is_up:
            what = f"{STATE} after {into.resources} resources"
            into.not_looked_at.append(NotLookedAt(what=what, reason=TIME_IS_UP))
            break
    else:
        for number, operation in enumerate(state.pending):
            look.at_pending(operation, number)
        look.at(STATE, walk(state.rest), None)
    into.texts = finder.texts


class _Look:
    def __init__(self, finder: Finder, judge: Judge, into: Certificate) -> None:
        self._finder = finder
        self._judge = judge
        self._into = into

    def at_entry(self, entry: dict[str, Any], number: str, at: Path = ()) -> None:
        """A resource; `at` is the path under which its properties are shown."""
        subject = self._subject(entry, number)
        try:
            found: Resource | None = resource(entry)
        except (*_MALFORMED, RecursionError):
            found = None
            self._skip(
                Place(subject=subject), "its properties can't be judged by their places: it is malformed"
            )
        before = len(self._into.findings)
        self.at(subject, walk(entry, at), found)
        if found is not None:
            known = {finding.place for finding in self._into.findings[before:]}
            for path, what in self._judge.plain(found):
                place = self._place(subject, (*at, *path))
                if place not in known:
                    said = what if self._finder.clean(what) else "a secret"
                    self._into.findings.append(Finding(place=place, secret=said, form=_BY_PLACE))

    def at_pending(self, operation: dict[str, Any], number: int) -> None:
        at = ("pending_operations", number)
        entry = operation["resource"]
        self.at_entry(entry, f"pending_operations[{number}]", (*at, "resource"))
        subject = self._subject(entry, f"pending_operations[{number}]")
        self.at(subject, walk(_without(operation, "resource"), at), None)

    def at(self, subject: str, parts: Iterator[Text | Mark], found: Resource | None) -> None:
        """Looks at all parts of one subject."""
        done: set[tuple[Place, str]] = set()
        for part in parts:
            if isinstance(part, Mark):
                self._mark(self._place(subject, part.path), part, found)
                continue
            looked = self._finder.look(part.text)
            if not looked.hits and not looked.skipped:
                continue
            place = self._place(subject, part.path)
            for hit in looked.hits:
                if (hit.known or not part.marked) and (place, hit.secret) not in done:
                    done.add((place, hit.secret))
                    self._into.findings.append(
                        Finding(place=place, secret=hit.secret, form=hit.form, marked=part.marked)
                    )
            for reason in looked.skipped:
                self._skip(place, reason)

    def _mark(self, place: Place, mark: Mark, found: Resource | None) -> None:
        why = self._judge.why(found, _own(mark.path)) if found else "it isn't a property of a resource"
        self._into.marked.append(Marked(place=place, why=why, content=mark.content))
        if mark.content == "encrypted":
            self._skip(place, _ENCRYPTED)

    def _skip(self, place: Place, reason: str) -> None:
        self._into.not_looked_at.append(NotLookedAt(what=str(place), reason=reason))

    def _place(self, subject: str, path: Path) -> Place:
        return Place(subject=subject, path=shown(path, self._finder.clean))

    def _subject(self, entry: dict[str, Any], number: str) -> str:
        """The URN, unless a secret stands in it."""
        urn, type_ = entry["urn"], entry["type"]
        if self._finder.clean(urn):
            return urn
        return f"{number} of type {type_}" if self._finder.clean(type_) else number


def _own(path: Path) -> Path:
    """The path in the resource itself."""
    return path[3:] if path[0] == "pending_operations" else path


def _without(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in names}


def _mapping(item: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", item) if isinstance(item, dict) else {}
