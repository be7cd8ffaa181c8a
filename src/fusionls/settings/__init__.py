"""The only reader of files, environment and keys for configuration."""
