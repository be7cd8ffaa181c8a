"""fusionls: a language server that asks several code models at once and fuses their answers by rule."""

__version__ = "0.1.0"
