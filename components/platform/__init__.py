"""The whole stack, composed of single components: one part for each system and kind."""
