"""Where the rows of a batch go."""
