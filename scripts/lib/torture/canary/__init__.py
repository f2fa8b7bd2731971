"""T9: canary secrets. One in every credential and identifier; then everything that could sing is listened to.

`canaries` are the birds and the ways in which one can be spelt, `sweep` is who listens. The life that they are carried
through is a test with a real Home Assistant (`tests/torture/canary`).
"""
