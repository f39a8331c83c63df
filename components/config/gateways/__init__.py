"""What a stack says of its Kong gateways, and what follows from it."""
