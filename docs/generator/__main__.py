"""`python -m docs.generator`: brings every generated block up to date."""

from __future__ import annotations

import sys

from docs.generator.blocks import ROOT, pages, renewed


def main() -> int:
    """Writes the pages that changed and names them on standard output."""
    for page in pages():
        old = page.read_text("utf-8")
        new = renewed(old)
        if new != old:
            page.write_text(new, "utf-8")
            sys.stdout.write(f"wrote {page.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
