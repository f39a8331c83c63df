"""Every way by which the objects of a cluster bring values into other namespaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.delivery import eso, vso
from workload_secrets.decide.delivery.model import UNKNOWN, Login, Object, Registered, Route, labelled, read
from workload_secrets.decide.delivery.node import Node, Unclear
from workload_secrets.decide.delivery.spaces import (
    EVERY,
    Labels,
    Others,
    Spaces,
    chosen,
    listed,
    only,
    strongest,
)


class Delivery:
    """The objects of one cluster. `labels` are those of the namespaces that are known."""

    def __init__(self, objects: Iterable[Object], labels: Labels) -> None:
        self.objects = tuple(objects)
        self._labels = labels
        self._found: dict[tuple[str, str, str], Object] = {}
        self._lost: dict[str, Unclear] = {}
        for item in self.objects:
            try:
                space = "" if item.kind.startswith("Cluster") else item.namespace
                self._found[item.kind, space, item.name] = item
            except Unclear as unclear:
                self._lost[item.kind] = unclear

    @classmethod
    def of(cls, resources: Iterable[Registered]) -> Delivery:
        """The delivery objects among Pulumi's resources, with the namespaces that these make."""
        every = tuple(resources)
        objects = [item for item in (read(*one) for one in every) if item]
        return cls(objects, dict(found for one in every if (found := labelled(one[1], one[2]))))

    def routes(self, item: Object) -> Iterator[Route]:
        """The ways of one object; none where each namespace gets only what is its own to read.
        Raises Unclear where that isn't known."""
        yield from (route for route in self._all(item) if route.others.answer is not Answer.NO)

    def _all(self, item: Object) -> Iterator[Route]:
        found = self._of_itself(item)
        if found is not None:
            login, spaces, at = found
            yield Route(
                item=item,
                at=at.path,
                through=item.title,
                login=login,
                others=self._others(login, spaces),
                pushes=item.kind.endswith("SecretStore"),
            )
        for use in eso.uses(item):
            yield from self._used(item, use)

    def _of_itself(self, item: Object) -> tuple[Login, Spaces, Node] | None:
        """How an object logs in, for which namespaces, and where that stands; None for one that uses
        another object's login."""
        spec = item.spec
        match item.kind:
            case "SecretStore" | eso.CLUSTER_STORE:
                at = spec.at("conditions") if item.kind == eso.CLUSTER_STORE else spec.at("provider")
                return eso.store_login(item), eso.store_spaces(item), at
            case "VaultAuth":
                login = vso.auth_login(item, self._global(item))
                return login, vso.auth_spaces(item), spec
            case "VaultAuthGlobal":
                found = vso.global_login(item)
                return (found, vso.auth_spaces(item), spec.at("appRole", "secretIDPath")) if found else None
            case "CSISecrets":
                auth = self._auth(item)
                login = vso.csi_login(item, auth, self._global(auth) if auth else None)
                return login, vso.csi_spaces(item), spec.at("accessControl")
            case "ClusterGenerator":
                found = eso.generator_login(item)
                return (found, EVERY, spec) if found else None
            case "VaultDynamicSecret" | "STSSessionToken" | "ECRAuthorizationToken":
                found = eso.generator_login(item)
                return (found, only(item.namespace), spec) if found else None
            case _:
                return None

    def _others(self, login: Login, spaces: Spaces) -> Others:
        """Who gets values that aren't its own. An identity that isn't known is taken to belong to
        the one namespace that may use it, where there is only one."""
        if login.own:
            return Others(Answer.NO)
        home = login.home
        if login.by.kind == "unknown" and len(spaces.names) == 1 and spaces == only(*spaces.names):
            (home,) = spaces.names
        return spaces.others(home, self._labels)

    def _used(self, item: Object, use: eso.Use) -> Iterator[Route]:
        """A ClusterSecretStore that isn't among the objects may log in as anybody."""
        stores = list(self._stores(use))
        if not stores and use.name:
            unsure = replace(use.spaces.others(None, self._labels), answer=Answer.UNKNOWN)
            login = Login(by=UNKNOWN, system="unknown")
            through = f"{eso.CLUSTER_STORE} {use.name}"
            yield Route(item=item, at=use.at.path, through=through, login=login, others=unsure)
        for store in stores:
            try:
                login, spaces = eso.store_login(store), eso.store_spaces(store)
            except Unclear:
                continue  # which is said of the store
            for remote in (use.remotes or ("",)) if login.remote else ("",):
                here = replace(login, remote=remote or login.remote)
                if self._others(here, spaces).answer is Answer.NO:
                    continue  # then no use of it lets another namespace in
                yield Route(
                    item=item,
                    at=use.at.path,
                    through=store.title,
                    login=here,
                    others=self._both(self._others(here, use.spaces), spaces),
                    pushes=use.pushes,
                )

    def _both(self, others: Others, store: Spaces) -> Others:
        """Those of a use that its store takes, too."""
        answers = {name: store.takes(name, self._labels) for name in others.named}
        named = tuple(name for name, answer in answers.items() if answer is not Answer.NO)
        if others.rest is not Answer.NO:
            return replace(others, named=named)
        answer = strongest(answers.values())
        return replace(others, answer=answer, named=named, words=listed(named) if named else "")

    def _stores(self, use: eso.Use) -> Iterator[Object]:
        if use.name:
            found = self._get(eso.CLUSTER_STORE, "", use.name)
            yield from (found,) if found else ()
            return
        for item in self.objects if use.labels.given else ():
            labels = item.inputs.at("metadata", "labels")
            if item.kind == eso.CLUSTER_STORE and chosen(use.labels, labels) is not False:
                yield item

    def _auth(self, item: Object) -> Object | None:
        ref = item.spec.at("vaultAuthRef")
        return self._get("VaultAuth", ref.at("namespace").text() or item.namespace, ref.at("name").text())

    def _global(self, auth: Object) -> Object | None:
        ref = auth.spec.at("vaultAuthGlobalRef")
        space = ref.at("namespace").text() or auth.namespace
        name = ref.at("name").text() or ("default" if ref.at("allowDefault").flag() else "")
        return self._get("VaultAuthGlobal", space, name) if name else None

    def _get(self, kind: str, namespace: str, name: str) -> Object | None:
        found = self._found.get((kind, namespace, name))
        if found is None and kind in self._lost:
            raise self._lost[kind]  # it may be the one that is meant
        return found
