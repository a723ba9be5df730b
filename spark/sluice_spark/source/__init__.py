"""Where records come from: the stream, and what its reader reports to the driver."""
