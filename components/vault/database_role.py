"""A role of the database engine: a new user for each login, or one user with a changing password."""

from __future__ import annotations

import pulumi
import pulumi_vault as vault

from components.inputs import Args

TOKEN = "workload-secrets:vault:DatabaseRole"  # noqa: S105 a type token


class DatabaseRoleArgs(Args):
    """`mount` is the mount's path, `connection` the name of the connection in it. Times are
    seconds. `username` None: dynamic, made by the statements, which the server splits at `;`.

    Static: `rotation_seconds`, or `rotation_schedule` with `rotation_window_seconds`.
    `after`: the connection, where this stack makes it. A static role changes the password at
    once, so it needs one that works.
    """

    mount: str
    connection: str
    role: str
    creation: tuple[str, ...] = ()
    revocation: tuple[str, ...] = ()
    renew: tuple[str, ...] = ()
    default_ttl_seconds: int = 0
    max_ttl_seconds: int = 0
    username: str | None = None
    rotation_seconds: int | None = None
    rotation_schedule: str | None = None
    rotation_window_seconds: int | None = None
    after: pulumi.Resource | None = None


class DatabaseRole(pulumi.ComponentResource):
    """The role. `path` is what a workload reads: MOUNT/creds/ROLE or MOUNT/static-creds/ROLE."""

    path: pulumi.Output[str]

    def __init__(self, name: str, args: DatabaseRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=[args.after] if args.after else None)
        if args.username is None:
            role = self._dynamic(name, args, child)
            self.path = pulumi.Output.concat(role.backend, "/creds/", role.name)
        else:
            static = self._static(name, args, args.username, child)
            self.path = pulumi.Output.concat(static.backend, "/static-creds/", static.name)
        self.register_outputs({"path": self.path})

    def _dynamic(
        self, name: str, args: DatabaseRoleArgs, opts: pulumi.ResourceOptions
    ) -> vault.database.SecretBackendRole:
        return vault.database.SecretBackendRole(
            f"{name}-role",
            backend=args.mount,
            name=args.role,
            db_name=args.connection,
            creation_statements=list(args.creation),
            revocation_statements=list(args.revocation),
            renew_statements=list(args.renew),
            default_ttl=args.default_ttl_seconds,
            max_ttl=args.max_ttl_seconds,
            opts=opts,
        )

    def _static(
        self, name: str, args: DatabaseRoleArgs, username: str, opts: pulumi.ResourceOptions
    ) -> vault.database.SecretBackendStaticRole:
        return vault.database.SecretBackendStaticRole(
            f"{name}-role",
            backend=args.mount,
            name=args.role,
            db_name=args.connection,
            username=username,
            rotation_period=args.rotation_seconds,
            rotation_schedule=args.rotation_schedule,
            rotation_window=args.rotation_window_seconds,
            opts=opts,
        )
