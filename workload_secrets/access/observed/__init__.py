"""What a login really gets: the third column."""
