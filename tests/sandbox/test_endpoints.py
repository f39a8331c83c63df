"""The sandbox replaces how to reach things, and nothing else."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from workload_secrets.declaration import Declaration, Endpoints
from workload_secrets.sandbox import state
from workload_secrets.sandbox.endpoints import endpoints
from workload_secrets.sandbox.handle import Cluster, Part, Sandbox, StackAccess


@pytest.fixture
def made(tmp_path: Path) -> Sandbox:
    cluster = Cluster(
        name="dev",
        issuer="https://i",
        api_audience="a",
        api_server="https://127.0.0.1:2",
        ca_file=tmp_path / "ca.pem",
        admin_token_file=tmp_path / "admin",
        reviewer_token_file=tmp_path / "reviewer",
        signing_key_file=tmp_path / "key",
        public_key_file=tmp_path / "pub",
    )
    access = StackAccess(
        vault_address="https://127.0.0.1:3",
        stack="dev",
        cluster="dev",
        deployer_exec=tmp_path / "deployer.json",
        prover_exec=tmp_path / "p.json",
    )
    part = Part(name="x", version="1", address="https://127.0.0.1:2", pid=1, started=1.5, log=tmp_path / "l")
    return Sandbox(
        name="s",
        folder=tmp_path,
        ca_file=tmp_path / "ca.pem",
        parts=(part,),
        clusters={"dev": cluster},
        stacks={"dev": access},
        aws_url="https://127.0.0.1:4",
        substitutions=("a → b",),
    )


def declared(**facts: Any) -> Declaration:
    cluster = {"name": "dev", "flavour": "eks", "oidcIssuer": "https://i", "apiAudience": "a"}
    reach = {"apiServer": "https://dev.example", "caFile": "ca.pem", "context": "mine"}
    return Declaration.read(
        {
            "environment": "dev",
            "tier": "development",
            "facts": {"cluster": cluster, **facts},
            "endpoints": {"cluster": reach},
            "secrets": {},
            "principals": {},
        }
    )


def test_a_stack_without_aws_and_vault_gets_neither(made: Sandbox) -> None:
    found = endpoints(made, "dev", declared())
    assert set(found) == {"cluster"}
    assert found["cluster"]["context"] == "mine"
    assert found["cluster"]["exec"] == {"command": "cat", "args": [str(made.folder / "deployer.json")]}


def test_all_addresses_are_the_sandboxs_and_have_the_programs_form(made: Sandbox) -> None:
    vault = {"product": "vault", "version": "1.20", "authMount": "kubernetes", "reviewer": "jwt"}
    aws = {"accountId": "111122223333", "region": "eu-central-1", "partition": "aws"}
    found = endpoints(made, "dev", declared(vault=vault, aws=aws))
    read = Endpoints.model_validate(found)
    assert read.vault is not None
    assert read.aws is not None
    addresses = (read.cluster.api_server, read.vault.address, read.aws.url)
    assert all(address.startswith("https://127.0.0.1:") for address in addresses)
    assert Path(read.cluster.ca_file).is_absolute()


def test_the_handle_reads_back_as_it_was_written(made: Sandbox) -> None:
    state.save(made)
    assert state.read(made.folder) == made
    assert json.loads((made.folder / state.HANDLE).read_text())["name"] == "s"
    assert state.read(made.folder / "absent") is None
    assert dataclasses.replace(made, name="t") != made
