"""The review: the policy pack's rules over a captured graph or over exported state."""
