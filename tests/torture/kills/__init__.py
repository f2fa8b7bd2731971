"""Tests of layer T4, and the named cases that a kill -9 or a stop decides."""
