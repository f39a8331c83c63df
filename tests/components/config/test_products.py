import pytest

from components.config import products
from components.config.facts import VaultFacts


def _facts(product: str, version: str) -> VaultFacts:
    return VaultFacts.model_validate({"product": product, "version": version, "reviewer": "jwt"})


@pytest.mark.parametrize(
    ("product", "version", "supported"),
    [("vault", "1.8", False), ("vault", "1.9", True), ("vault", "2.0.4", True), ("openbao", "2.0", True)],
)
def test_vault_below_1_9_is_not_supported(product: str, version: str, supported: bool) -> None:
    assert products.supported(_facts(product, version)) is supported


@pytest.mark.parametrize(
    ("product", "version", "capability", "can"),
    [
        ("vault", "1.20", "namespaces", False),
        ("vault", "1.20+ent", "namespaces", True),
        ("openbao", "2.2", "namespaces", False),
        ("openbao", "2.3", "namespaces", True),
        ("openbao", "2.7", "auditByApi", False),
        ("vault", "1.20", "auditByApi", True),
        ("openbao", "2.7", "annotationsAsAliasMetadata", False),
        ("vault", "1.20", "jwtInClusterProvider", False),
        ("openbao", "2.6", "jwtInClusterProvider", True),
    ],
)
def test_the_table_decides_by_product_and_version(
    product: str, version: str, capability: str, can: bool
) -> None:
    assert products.can(_facts(product, version), capability) is can


def test_versions_compare_as_numbers_not_as_text() -> None:
    assert products.version_of(_facts("vault", "1.10.3")) > products.version_of(_facts("vault", "1.9.9"))
