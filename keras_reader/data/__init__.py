"""Images for training and evaluation: synthetic words, labelled images, backgrounds and clutter."""
