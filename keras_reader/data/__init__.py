"""Images to train and to measure with: drawn words, labelled pictures, and what is done to both."""
