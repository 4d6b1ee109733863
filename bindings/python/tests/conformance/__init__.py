"""The conformance vectors (tests/vectors of the library), run through the binding."""
