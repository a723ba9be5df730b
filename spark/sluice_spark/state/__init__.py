"""What outlives a run: the checkpoint."""
