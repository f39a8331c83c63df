"""Checks that look at more than one key of a stack file."""

from __future__ import annotations

from pathlib import Path

from components.config.checks import (
    access,
    audit,
    authorities,
    aws,
    ci,
    cluster,
    database,
    delivery,
    delivery_objects,
    files,
    gateways,
    gateways_workload,
    identities,
    pki,
    principals,
    rotation,
    secrets,
    transit,
    vault,
)
from components.config.problem import Problem
from components.config.stack import StackConfig

_CHECKS = (
    secrets.check,
    principals.check,
    identities.check,
    access.check,
    gateways_workload.check,
    gateways.check,
    cluster.check,
    aws.check,
    vault.check,
    rotation.check,
    audit.check,
    database.check,
    pki.check,
    authorities.check,
    transit.check,
    delivery.check,
    delivery_objects.check,
    ci.check,
)


def problems(config: StackConfig, folder: Path | None = None) -> list[Problem]:
    """Everything wrong with a stack whose single values are well-formed.

    `folder` is what relative file names are relative to; without it no file is read.
    """
    found = [problem for check in _CHECKS for problem in check(config)]
    return found if folder is None else [*found, *files.check(config, folder)]
