"""Edits that models propose: read in any format, judged, chosen among, merged and verified.

Everything here is pure: texts in, texts and verdicts out. Whole files are compared, so that nobody has to
know in which format a model answered.
"""
