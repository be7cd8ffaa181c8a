"""pygls and lsprotocol, and nowhere else: convert, call once, convert back."""
