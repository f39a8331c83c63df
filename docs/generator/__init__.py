"""Makes the parts of the pages that have their one source in code.

A page holds blocks between `<!-- generated: KIND ARGUMENTS -->` and `<!-- end -->`.
`python -m docs.generator` from the project folder writes them anew.
"""
