"""Pictures, animations and pages of where a reader looked."""
