"""Measures parts of the Spark job."""
