"""The testee for Python: makes the calls that the runner of the vectors asks for (tests/testee/README.md).

Uses the public API of the package `ehlo` alone.
"""
