"""Only what lies in a folder of this name may use sockets and processes; see tests/conftest.py."""

from tests.e2e.conftest import smollm2 as smollm2
