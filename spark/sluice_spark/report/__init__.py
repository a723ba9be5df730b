"""What the job reports of itself: progress, pace, and what it keeps of both."""
