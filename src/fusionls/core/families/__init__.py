"""Prompt families: one file each."""
