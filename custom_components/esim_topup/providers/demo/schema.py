"""The tables of the demo operator's books.

STRICT and CHECK repeat what the code promises, and `quick_check` looks at both when the books are opened.
"""

from typing import Final

APPLICATION_ID: Final = 0x65544F50  # "eTOP": tells our books from any other SQLite file
VERSION: Final = 1

SCHEMA: Final = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
BEGIN;
-- The operator itself: one row.
CREATE TABLE account (
  one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, currency TEXT NOT NULL,
  mood TEXT NOT NULL, mood_until_us INTEGER
) STRICT;
-- Each line as it was at a time; what happens without anybody's doing is computed from there.
CREATE TABLE lines (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('iccid', 'msisdn')), number TEXT NOT NULL, name TEXT NOT NULL,
  as_of_us INTEGER NOT NULL,
  balance_micro INTEGER CHECK (balance_micro >= 0), burn_micro_per_day INTEGER NOT NULL,
  data_left_bytes INTEGER CHECK (data_left_bytes >= 0), burn_bytes_per_day INTEGER NOT NULL,
  valid_until_us INTEGER
) STRICT;
-- Bought and on its way to a line.
CREATE TABLE credits (
  line_id TEXT NOT NULL REFERENCES lines, lands_at_us INTEGER NOT NULL, money_micro INTEGER NOT NULL,
  data_bytes INTEGER NOT NULL, validity_us INTEGER NOT NULL
) STRICT;
-- What can pay; funds that nobody tells are NULL.
CREATE TABLE methods (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('wallet', 'card')), label TEXT NOT NULL, last_digits TEXT,
  funds_minor INTEGER CHECK (funds_minor >= 0), expires_ordinal INTEGER
) STRICT;
-- What became of the first attempt with a reference, charged or declined. Never changed, never deleted.
CREATE TABLE orders (
  number INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, line_id TEXT NOT NULL, offer_id TEXT NOT NULL,
  amount TEXT NOT NULL, currency TEXT NOT NULL, method_id TEXT NOT NULL, reason TEXT, settles_at_us INTEGER NOT NULL
) STRICT;
-- What was paid. A reference is charged at most once, whatever the code forgets (I1).
CREATE TABLE charges (
  id INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, line_id TEXT NOT NULL REFERENCES lines, offer_id TEXT NOT NULL,
  method_id TEXT NOT NULL REFERENCES methods, amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  reference TEXT UNIQUE REFERENCES orders (reference)
) STRICT;
"""
