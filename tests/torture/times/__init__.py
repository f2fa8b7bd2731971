"""T8: no limit widens, no order is sent twice and none is lost by anything that a clock or a calendar does."""
