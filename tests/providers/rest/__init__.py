"""Tests of the custom HTTP API."""
