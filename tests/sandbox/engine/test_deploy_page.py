"""Every command of docs/deploy.md, run in the page's order in a copy of the project."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from tests.proof.scratch import command, copy, environment
from workload_secrets.sandbox.engine.binary import Engine

pytestmark = [pytest.mark.engine, pytest.mark.sandbox]

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/deploy.md").read_text("utf-8")
NOT_RUN = "# not run by a test: "
ASKS = re.compile(r"(?m)^(pulumi (?:up|destroy|refresh|import|cancel|state|stack rm)\b.*)$")
"""Commands that ask before they act."""
CHANGE = re.compile(r"(maxVersions: )10\b")


def blocks() -> Iterator[str]:
    for found in re.finditer(r"(?ms)^```(\w*)\n(.*?)^```$", PAGE):
        assert found[1] == "sh", f"a block of the page is no `sh`: {found[2]}"
        yield found[2]


RUN = [block for block in blocks() if not block.startswith(NOT_RUN)]


@dataclass(frozen=True)
class Place:
    """A copy of the project with a sandbox beside it, and what `sandbox up` says to export."""

    folder: Path
    exports: Sequence[str]

    def bash(self, *lines: str) -> subprocess.CompletedProcess[str]:
        script = "\n".join(["set -euo pipefail", *self.exports, *lines])
        return subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env={**environment(self.folder), "AWS_REGION": "eu-central-1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


def state_store(folder: Path) -> str:
    """Makes the bucket and the key that an administrator makes. Answers the emulator's address."""
    sandbox = folder / ".sandbox/sandbox"
    told = (folder / "Pulumi.sandbox.yaml").read_text("utf-8")
    found = re.search(r'"aws":\s+"url": "(https://127\.0\.0\.1:\d+)"', told)
    assert found is not None, "no address of the emulator"
    profiles = ConfigParser()
    profiles.read(sandbox / "stacks/dev/aws.ini")
    admin = profiles["admin"]
    session = boto3.Session(
        aws_access_key_id=admin["aws_access_key_id"],
        aws_secret_access_key=admin["aws_secret_access_key"],
        region_name="eu-central-1",
    )
    ca = str(sandbox / "ca.pem")
    s3 = session.client("s3", endpoint_url=found[1], verify=ca)
    s3.create_bucket(
        Bucket="acme-pulumi-state", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    s3.put_bucket_versioning(Bucket="acme-pulumi-state", VersioningConfiguration={"Status": "Enabled"})
    kms = session.client("kms", endpoint_url=found[1], verify=ca)
    kms.create_alias(AliasName="alias/pulumi-state", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    return found[1]


@pytest.fixture(scope="module")
def place(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    scratch = copy(tmp_path_factory.mktemp("page") / "project")
    folder = scratch.folder
    binaries = tmp_path_factory.mktemp("bin")
    (binaries / "pulumi").symlink_to(engine.path)
    words = command("sandbox", "up", "dev", "--project", str(folder))
    done = subprocess.run(
        words, cwd=folder, env=environment(folder), capture_output=True, text=True, check=True
    )
    exports = [line.strip() for line in done.stdout.splitlines() if line.startswith("  export ")]
    exports = exports[: next(i for i, line in enumerate(exports) if "SANDBOX_CREDENTIAL" in line)]
    own = ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE")
    exports = [line for line in exports if not any(name in line for name in own)]
    try:
        address = state_store(folder)
        exports += [f"export AWS_ENDPOINT_URL_S3={address} AWS_ENDPOINT_URL_KMS={address}"]
        exports += [f"export PATH={binaries}:{ROOT / '.venv/bin'}:$PATH"]
        commit(folder, "-b", "main")
        (folder / ".venv").symlink_to(ROOT / ".venv")
        yield Place(folder, exports)
    finally:
        down = command("sandbox", "down", "--project", str(folder))
        subprocess.run(down, cwd=folder, env=environment(folder), check=True, capture_output=True)


def commit(folder: Path, *init: str) -> None:
    """Two commits, so that there is one to go back from."""
    person = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    file = folder / "Pulumi.yaml"
    for words in (("init", "-q", *init), ("add", "-A"), ("commit", "-q", "-m", "first")):
        subprocess.run(["git", *person, *words], cwd=folder, check=True)
    text = file.read_text("utf-8")
    assert CHANGE.search(text), "the page's change no longer applies"
    file.write_text(CHANGE.sub(r"\g<1>12", text), "utf-8")
    subprocess.run(["git", *person, "commit", "-qam", "second"], cwd=folder, check=True)


def as_in_the_sandbox(block: str) -> str:
    """The page's commands with the sandbox's stack, and without questions."""
    text = re.sub(r"\bdev\b", "sandbox", ASKS.sub(r"\1 --yes", block))
    text = text.replace("git revert", "git -c user.name=t -c user.email=t@example.com revert")
    text = text.replace("?region=eu-central-1", "?region=eu-central-1&profile=admin")
    return re.sub(r"(s3://[^']*)", r"\1&s3ForcePathStyle=true", text)


def test_the_page_has_commands_to_run_and_says_why_others_are_not() -> None:
    assert len(RUN) >= 9
    for block in blocks():
        if block.startswith(NOT_RUN):
            assert len(block.split("\n")[0]) > len(NOT_RUN) + 10, block


@pytest.mark.parametrize("number", range(len(RUN)))
def test_each_block_of_the_page_ends_well_in_its_order(place: Place, number: int) -> None:
    done = place.bash(as_in_the_sandbox(RUN[number]))
    assert done.returncode == 0, f"{RUN[number]}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
