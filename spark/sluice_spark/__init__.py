"""The streaming job of a Sluice pipeline on Apache Spark: one job for every pipeline spec."""
