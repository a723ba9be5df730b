"""The Kinesis streaming data source."""
