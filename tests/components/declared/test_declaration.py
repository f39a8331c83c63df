import json

import pytest

from components.config.load import parse
from components.declared.declaration import declaration
from tests.stacks import golden
from tests.stacks.read import data
from workload_secrets.declaration import Declaration


@pytest.mark.parametrize("stack", golden.STACKS)
def test_the_model_reads_the_declaration_and_loses_nothing(stack: str) -> None:
    made = declaration(parse(data(stack), file=stack))
    assert Declaration.read(json.loads(json.dumps(made.written()))) == made


def test_a_writer_reads_what_it_writes_and_nothing_else() -> None:
    found = declaration(parse(data("dev"), file="dev")).principals["billing-admin"]
    assert {(grant.secret, grant.verb) for grant in found.grants} == {
        (secret, verb) for secret in ("billing-api", "billing-payments") for verb in ("read", "write")
    }


def test_the_operator_configuration_is_a_prerequisite_with_its_namespace() -> None:
    found = declaration(parse(data("dev"), file="dev")).prerequisites
    assert [(p.kind, p.namespace or p.name) for p in found] == [
        ("namespace", "feature-test"),
        ("namespace", "mendix"),
        ("operatorConfiguration", "mendix"),
    ]


def test_dev_and_prod_differ_by_environment_only() -> None:
    dev, prod = (declaration(parse(data(stack), file=stack)) for stack in ("dev", "prod"))
    assert dev.principals == prod.principals
    assert dev.prerequisites == prod.prerequisites
    assert prod.secrets["pmp-credentials"].name == "PMP-Prod-Credentials"
    assert dev.secrets["billing-payments"].name == "dev/billing/payments"
