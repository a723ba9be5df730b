"""What becomes of a record: valid, invalid, late or a duplicate."""
