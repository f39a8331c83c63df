"""What a Vault login tries, by kind of secret."""
