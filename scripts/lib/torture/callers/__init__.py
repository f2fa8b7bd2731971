"""T6: whoever calls, by whatever way, and whatever is pulled out from under the call: one wish is one charge."""
