"""Lets every test talk HTTP to this machine, and to nothing else.

Home Assistant's test helpers forbid sockets altogether. Here the operator of a test is a real server on 127.0.0.1, so that
time-outs and broken connections are real too. The helpers' other bar stays up: connecting to any other address fails.

Hooks run in the reverse order of loading: this one, loaded first by `-p` in pyproject.toml, comes after the helpers have
closed the door and before the first fixture. A fixture would come too late for a server that a whole module shares.
"""

import pytest_socket


def pytest_runtest_setup() -> None:
    """Give the socket class back; where it may connect to stays restricted."""
    pytest_socket.enable_socket()
