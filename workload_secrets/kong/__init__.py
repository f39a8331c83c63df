"""Kong Gateway's side of reading secrets: its references, its logins, its files."""
