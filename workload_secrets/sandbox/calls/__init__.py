"""The API calls that the real providers make, a row for each resource type.

Read in the providers' sources, whose files and versions stand beside the rows, and independent of the
documents that the program derives: a test compares the two.
"""
