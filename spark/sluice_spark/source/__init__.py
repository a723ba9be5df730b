"""Where records come from: the stream, and what its reader tells the driver."""
