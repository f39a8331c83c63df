import pytest

from workload_secrets.decide.namespaces import inner


@pytest.mark.parametrize(
    ("wanted", "own", "prefix"),
    [
        ("", "", ""),
        ("/", "", ""),
        ("team", "team/", ""),
        ("team", "", "team/"),
        ("a/b/c", "a", "b/c/"),
        ("", "team", None),
        ("teams", "team", None),
        ("other", "team", None),
    ],
)
def test_a_path_leads_from_a_namespace_into_itself_or_a_child(wanted: str, own: str, prefix: str | None):
    assert inner(wanted, own) == prefix
