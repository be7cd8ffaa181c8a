"""HTTP: the only place with httpx. One file per wire format in ``wires``."""
