"""Pulumi's own engine as a part of the sandbox."""
