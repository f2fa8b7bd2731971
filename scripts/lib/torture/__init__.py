"""Attacks on the promise: never twice, never above a limit, nothing lost."""
