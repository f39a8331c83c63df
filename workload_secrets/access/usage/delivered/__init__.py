"""What an operator does with the objects that deliver secrets, done step by step as they say."""
