"""What the text around a cursor tells of the line that is being written there."""
