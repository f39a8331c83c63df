"""What a stack declares, as JSON that travels in its graph. Names and facts, never values."""
