"""One file per ``workspace/executeCommand`` command, found by discovery."""
