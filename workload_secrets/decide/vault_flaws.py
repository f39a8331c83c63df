"""What a server takes in a policy without a word, though nobody means it."""

from __future__ import annotations

from collections.abc import Iterator

from workload_secrets.decide.vault_hcl import blocks, rules


def flaws(text: str, name: str) -> tuple[str, ...]:
    """Doubled paths and attributes, the old attribute `policy`, and a text that grants nothing
    though it is JSON, which is how a policy of another system looks. A doubled path unites what both
    say, and deny wins there (tried with OpenBao 2.7.2). Raises HclError naming the policy.
    """
    rules(text, name)
    return tuple(_flaws(text))


def _flaws(text: str) -> Iterator[str]:
    if not text.strip():
        yield "it is empty, which the server refuses"
    found = blocks(text)
    if not found and text.lstrip().startswith("{"):
        yield "it is JSON without a path, so it grants nothing"
    seen: set[str] = set()
    for written, pairs in found:
        path = written.removeprefix("/")
        if path in seen:
            yield f'the path "{path}" stands there twice'
        seen.add(path)
        keys = [key for key, _ in pairs]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            yield f'path "{path}" has {key} twice'
        if "policy" in keys:
            yield f'path "{path}" has the old attribute policy, which grants more than it says'
