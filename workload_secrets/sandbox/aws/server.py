"""The AWS emulator and our front before it, and the accounts in them.

MiniStack (https://github.com/ministackorg/ministack) takes a 12-digit access key as the
root of that account. Only the front's address is handed out: it checks what MiniStack
does not (`front`).
"""

from __future__ import annotations

import configparser
import http.client
import io
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from workload_secrets.aws_session import apart
from workload_secrets.sandbox.certificates import Pair
from workload_secrets.sandbox.files import private_folder, write_json, write_private
from workload_secrets.sandbox.handle import StackSpec
from workload_secrets.sandbox.ports import LOOPBACK
from workload_secrets.sandbox.servers import Command, python_path

HEALTH: Final = "/_ministack/health"
# The front's own answer to the emulator's paths, and so a sign of its life.
FRONT_REFUSES: Final = 403
_DEFAULT_REGION: Final = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class Account:
    """An AWS account: its root's access key is the account id."""

    account_id: str
    secret_key: str

    @classmethod
    def make(cls, account_id: str) -> Account:
        """An account with a fresh root key."""
        return cls(account_id=account_id, secret_key=secrets.token_hex(20))


def substitute_alias(arn: str) -> str:
    """The alias of the key that stands in for a given one: nobody can choose a key's ARN."""
    return f"alias/sandbox-{arn.rpartition('/')[2]}"


def emulator(folder: Path, port: int) -> Command:
    """MiniStack itself."""
    home = private_folder(folder / "ministack")
    return Command(
        name="ministack",
        version=metadata.version("ministack"),
        address=f"http://{LOOPBACK}:{port}",
        argv=[sys.executable, "-m", "ministack.app"],
        environment={
            "AUTH": "true",
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            # Else the well-known key `test` is a root key of every account.
            "AWS_ACCESS_KEY_ID": secrets.token_hex(10),
            "AWS_SECRET_ACCESS_KEY": secrets.token_hex(20),
            "STATE_DIR": str(home),
            "S3_DATA_DIR": str(home / "s3"),
            "TMPDIR": str(home),
            "DOCKER_HOST": f"unix://{home}/no-docker.sock",
        },
    )


def healthy(address: str) -> bool:
    """Whether the emulator answers by now."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=5)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def front(
    folder: Path,
    ports: tuple[int, int],
    pair: Pair,
    accounts: Sequence[Account],
    issuers: Mapping[str, Path],
) -> Command:
    """Our front at `ports[0]` before the emulator at `ports[1]`, with its settings written.
    `issuers` are files of public keys by issuer."""
    settings = write_json(
        folder / "front.json",
        {
            "port": ports[0],
            "upstream": ports[1],
            "certificate": str(pair.certificate),
            "key": str(pair.key),
            "accounts": {account.account_id: account.secret_key for account in accounts},
            "issuers": [{"issuer": name, "publicKeyFile": str(file)} for name, file in issuers.items()],
        },
    )
    return Command(
        name="aws-front",
        version="own",
        address=f"https://{LOOPBACK}:{ports[0]}",
        argv=[sys.executable, "-m", "workload_secrets.sandbox.aws.front", str(settings)],
        environment={"PYTHONPATH": python_path()},
    )


def client(service: str, url: str, ca_file: Path, account: Account, region: str) -> Any:
    """A boto3 client as the account's root."""
    session = apart(
        aws_access_key_id=account.account_id, aws_secret_access_key=account.secret_key, region_name=region
    )
    make: Any = session.client  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return make(service, endpoint_url=url, verify=str(ca_file))


def credentials(file: Path, spec: StackSpec, url: str, ca_file: Path, account: Account) -> Path:
    """Makes the stack's deployer and writes profiles `deployer` and `admin`, with the CA."""
    region = spec.region or _DEFAULT_REGION
    keys = {"admin": {"id": account.account_id, "secret": account.secret_key}}
    if spec.iam_policy is not None:
        keys["deployer"] = _deployer(client("iam", url, ca_file, account, region), spec)
    profiles = configparser.ConfigParser()
    for profile, key in keys.items():
        profiles[profile] = {
            "aws_access_key_id": key["id"],
            "aws_secret_access_key": key["secret"],
            "region": region,
            "ca_bundle": str(ca_file),
        }
    text = io.StringIO()
    profiles.write(text)
    return write_private(file, text.getvalue())


def _deployer(iam: Any, spec: StackSpec) -> dict[str, str]:
    """An IAM user with exactly the stack's deployer policy."""
    name = f"workload-secrets-deployer-{spec.stack}"
    policy = iam.create_policy(PolicyName=name, PolicyDocument=spec.iam_policy)["Policy"]["Arn"]
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
