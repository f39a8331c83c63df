"""Using what was granted, as the workload would: beyond being let in."""
