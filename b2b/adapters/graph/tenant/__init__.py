"""The tenant read for its posture: each source whole, or the reason why not."""
