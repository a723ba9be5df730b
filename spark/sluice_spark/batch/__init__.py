"""A batch: its records judged by the SQL of the plan, in the tasks of Spark."""
