"""Pictures for the pages of measurements."""
