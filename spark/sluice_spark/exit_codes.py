"""What the exit codes of the job mean. 0, 1 and 2 are those of the embedded engine."""

ENDED = 0
"""Ended on request, after the batch that ran."""
FAILED = 1
"""The query failed; it may be started again and goes on from its checkpoint."""
UNUSABLE = 2
"""The arguments or the plan cannot be used; Spark was not started."""
ENVIRONMENT = 3
"""Python, Java, Spark, DuckDB or the plan's format are not what the job is made for; nothing was read or written."""
FENCED = 4
"""Another run writes the same checkpoint."""
DATA_GONE = 5
"""Records that must be read again, or that were never read, are no longer in the stream."""
