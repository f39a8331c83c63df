"""Whether secrets stand in what Pulumi keeps and writes: the state of a stack, and logs.

What is looked for comes from outside of them: values that this machine knows, canaries, and
what is a secret by its form or place. What can't be looked at is counted, never called clean.
"""
