"""The tool: captures a stack's program, decides and proves who can read which secret."""
