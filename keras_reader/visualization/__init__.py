"""Pictures, animations and a report that show where a reader looked."""
