"""Tests of eSIM Top-up. The folders mirror the integration; tests/operator is the simulated operator."""
