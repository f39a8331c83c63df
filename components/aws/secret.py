"""A Secrets Manager secret with its policy and its template; never a value."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.aws.template_hook import TemplateTarget, template_hook
from components.documents import iam
from components.documents.arn import AwsScope
from components.inputs import Args, In, guarded

TOKEN = "workload-secrets:aws:Secret"  # noqa: S105 a type token


class RotationArgs(Args):
    """By which Lambda function, and when: `after_days`, or `schedule` (UTC), never both.

    `role_arn` is the role the function runs as. `immediately`: also at once when the rotation
    is declared or changed.
    """

    function_arn: str
    role_arn: str
    after_days: int | None = None
    schedule: str | None = None
    immediately: bool = False


class SecretArgs(Args):
    """`secret_name` is the name in AWS. `template`: JSON with every key and empty values;
    None writes nothing. `recovery_window_days`: 7 to 30, or 0 to delete at once. `rotation`
    None: people rotate it. `endpoint_url` is set where AWS is an emulator.
    """

    scope: AwsScope
    secret_name: str
    key_arn: In[str]
    recovery_window_days: int
    description: str | None = None
    template: str | None = None
    rotation: RotationArgs | None = None
    endpoint_url: str | None = None
    protect: bool = False
    tags: Mapping[str, str] = {}


class Secret(pulumi.ComponentResource):
    """The container of a value: the value itself is written out of band.

    The secret's ARN, its name, and the empty template as text are outputs. The template is an
    input too: a hook writes it, and the review sees no hook.
    """

    secret_arn: pulumi.Output[str]
    secret_name: pulumi.Output[str]
    template: pulumi.Output[str | None]

    def __init__(self, name: str, args: SecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        written = {"secretName": args.secret_name, "template": args.template}
        super().__init__(TOKEN, name, written if args.template else None, opts)
        secret = aws.secretsmanager.Secret(
            f"{name}-secret",
            name=args.secret_name,
            description=args.description,
            kms_key_id=args.key_arn,
            recovery_window_in_days=args.recovery_window_days,
            tags=args.tags,
            opts=pulumi.ResourceOptions.merge(
                guarded(self, protect=args.protect), _hooks(f"{name}-template", args)
            ),
        )
        policy = aws.secretsmanager.SecretPolicy(
            f"{name}-policy",
            secret_arn=secret.arn,
            policy=iam.secret_policy(
                args.scope, rotation_role=args.rotation.role_arn if args.rotation else None
            ),
            block_public_policy=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        if args.rotation is not None:
            self._rotation(f"{name}-rotation", secret.arn, args.rotation, policy)
        self.secret_arn = secret.arn
        self.secret_name = secret.name
        self.template = pulumi.Output.from_input(args.template)
        self.register_outputs(
            {"secret_arn": self.secret_arn, "secret_name": self.secret_name, "template": self.template}
        )

    def _rotation(
        self, name: str, secret_arn: pulumi.Output[str], rotation: RotationArgs, policy: pulumi.Resource
    ) -> None:
        """After the policy: Secrets Manager tries the function at once, and it must get in.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
        """
        aws.secretsmanager.SecretRotation(
            name,
            secret_id=secret_arn,
            rotation_lambda_arn=rotation.function_arn,
            rotation_rules=aws.secretsmanager.SecretRotationRotationRulesArgs(
                automatically_after_days=rotation.after_days, schedule_expression=rotation.schedule
            ),
            rotate_immediately=rotation.immediately,  # left out, it would be true
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )


def _hooks(name: str, args: SecretArgs) -> pulumi.ResourceOptions:
    if args.template is None:
        return pulumi.ResourceOptions()
    target = TemplateTarget(
        account_id=args.scope.account_id,
        region=args.scope.region,
        secret_name=args.secret_name,
        text=args.template,
        endpoint_url=args.endpoint_url,
    )
    return pulumi.ResourceOptions(
        hooks=pulumi.ResourceHookBinding(after_create=[template_hook(name, target)])
    )
