"""``python -m fusionls`` is the same as the ``fusionls`` command."""

from fusionls.cli import main

if __name__ == "__main__":
    main()
