"""The torture tools themselves: what they must find, and what they must not."""
