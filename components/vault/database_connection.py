"""A connection of the database engine to PostgreSQL, without a password in any input."""

from __future__ import annotations

import pulumi
import pulumi_vault as vault

from components.inputs import Args, guarded

TOKEN = "workload-secrets:vault:DatabaseConnection"  # noqa: S105 a type token
_SCRAM = "scram-sha-256"
"""The engine hashes passwords itself: in clear text they would reach the database's logs."""


class DatabaseConnectionArgs(Args):
    """`mount` is the mount's path. `url` holds `{{username}}` and `{{password}}`.

    `hook` hands the admin's password over once, after the connection was made.
    `max_connection_lifetime_seconds` 0: for ever. `after`: the mount, where this stack makes it.
    """

    mount: str
    connection: str
    url: str
    username: str
    allowed_roles: tuple[str, ...]
    username_template: str
    max_open_connections: int = 4
    max_idle_connections: int = 0
    max_connection_lifetime_seconds: int = 0
    protect: bool = False
    after: pulumi.Resource | None = None
    hook: pulumi.ResourceHook | None = None


class DatabaseConnection(pulumi.ComponentResource):
    """The connection. After its creation only the Vault server knows the admin's password, so
    deleting it loses that password. An update sends none, and the server keeps its own.

    `resource` is what roles wait for.
    """

    path: pulumi.Output[str]
    resource: pulumi.Resource

    def __init__(
        self, name: str, args: DatabaseConnectionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(TOKEN, name, None, opts)
        connection = vault.database.SecretBackendConnection(
            f"{name}-connection",
            backend=args.mount,
            name=args.connection,
            allowed_roles=list(args.allowed_roles),  # the server's own default allows none, * would all
            verify_connection=False,  # there is no password yet; the hook verifies
            postgresql=vault.database.SecretBackendConnectionPostgresqlArgs(
                connection_url=args.url,
                username=args.username,
                username_template=args.username_template,
                password_authentication=_SCRAM,
                max_open_connections=args.max_open_connections,
                max_idle_connections=args.max_idle_connections,
                max_connection_lifetime=args.max_connection_lifetime_seconds,
            ),
            opts=pulumi.ResourceOptions.merge(
                guarded(self, protect=args.protect, after=[args.after]),
                pulumi.ResourceOptions(
                    hooks=pulumi.ResourceHookBinding(after_create=[args.hook]) if args.hook else None
                ),
            ),
        )
        self.resource = connection
        self.path = pulumi.Output.concat(connection.backend, "/config/", connection.name)
        self.register_outputs({"path": self.path})
