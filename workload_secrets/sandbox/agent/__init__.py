"""The injected Vault agent of a pod, run here as the injector would run it there."""
