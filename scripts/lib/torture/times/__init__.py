"""T8: time. It goes forward, backward, stands still, loses an hour, gains a day; no limit may widen by any of it.

Two parts, both in virtual time and both over the real engine and its real book:

* `grid`   wishes around every edge of the calendar, in every zone that has odd ones. What the book says is spent is compared
           with a slow oracle that knows neither the book nor Python's time zones (`oracle`).
* `matrix` every jump of a clock x every phase of an order x every class of provider (`jumps`, `case`, `judge`).

Here stand the rooms without their house: nothing of Home Assistant is needed.
"""

from ..rooms import without_home_assistant

without_home_assistant()
