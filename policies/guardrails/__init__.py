"""The rules, and how they are run. No Pulumi here: the pack and the tool both run them."""
