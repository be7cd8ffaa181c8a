"""Wire formats (HTTP dialects): one file each."""
