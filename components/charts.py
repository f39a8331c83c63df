"""The Helm charts that run a server, pinned. Their values are held against a list of each
chart's own keys, so another version of a chart means another list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.config.vault_server import Product


@dataclass(frozen=True, kw_only=True)
class Chart:
    """`injector_tag` is the image of the agent injector that the chart was released with."""

    name: str
    version: str
    repository: str
    injector_tag: str


CHARTS: Final[Mapping[Product, Chart]] = {
    # https://github.com/openbao/openbao-helm/blob/openbao-0.29.2/charts/openbao/Chart.yaml
    "openbao": Chart(
        name="openbao",
        version="0.29.2",
        repository="https://openbao.github.io/openbao-helm",
        injector_tag="1.7.2",
    ),
    # https://github.com/hashicorp/vault-helm/blob/v0.34.1/Chart.yaml
    "vault": Chart(
        name="vault",
        version="0.34.1",
        repository="https://helm.releases.hashicorp.com",
        injector_tag="1.7.6",
    ),
}
