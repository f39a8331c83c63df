"""Rules about Vault and OpenBao."""
