"""What the job tells of itself: progress, pace, and what it keeps of both."""
