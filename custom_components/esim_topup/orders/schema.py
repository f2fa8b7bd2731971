"""The order book's tables. The schema repeats the promises, so that a forgotten check is an error and not a charge."""

from typing import Final

from .order import COUNTED, NEXT, PAID_NOTHING, UNFINISHED, OrderState, Origin

VERSION: Final = 2
"""`PRAGMA user_version`; a newer one was written by a newer release and is not touched."""


def _words(
    words: frozenset[OrderState] | type[OrderState | Origin],
) -> str:
    return ", ".join(f"'{word.value}'" for word in sorted(words))


MONTH: Final = "month         TEXT NOT NULL DEFAULT '0000-00' CHECK (length(month) = 7)"
"""The month a row counts in, decided once (version 2). The default is for the moment in which a migration adds the column."""

DIGEST: Final = "digest        BLOB NOT NULL DEFAULT x''"
"""Of the row's other columns (version 2, `digests.py`). The default is for the same moment."""

CHARGES: Final = f"""
-- Charges of the provider's own history. `order_id` says which order of ours one belongs to; without it, it is foreign.
-- An id is one of its line: some operators count them for each.
CREATE TABLE charges (
  account_key   TEXT NOT NULL,
  charge_id     TEXT NOT NULL,
  line_key      TEXT NOT NULL,
  order_id      TEXT REFERENCES orders (id),
  amount_minor  INTEGER NOT NULL,
  currency      TEXT NOT NULL,
  at_us         INTEGER NOT NULL,
  {MONTH},
  {DIGEST},
  PRIMARY KEY (account_key, line_key, charge_id)
) STRICT, WITHOUT ROWID;
"""

ONE_CHARGE_PER_ORDER: Final = (
    "CREATE UNIQUE INDEX one_charge_per_order ON charges (order_id)"
    " WHERE order_id IS NOT NULL;"
)

COUNTED_VIEW: Final = f"""
-- Everything that counts against the limits.
CREATE VIEW counted AS
  SELECT account_key, line_key, currency, amount_minor, created_us AS at_us, month FROM orders
    WHERE state IN ({_words(COUNTED)})
  UNION ALL
  SELECT account_key, line_key, currency, amount_minor, at_us, month FROM charges WHERE order_id IS NULL;
"""  # noqa: S608 - put together from our own names of states

KEEP_PURCHASE: Final = """
CREATE TRIGGER orders_keep_their_purchase
  BEFORE UPDATE OF id, account_key, line_key, offer_id, amount_minor, currency, created_us, month, method_id
  ON orders
  WHEN OLD.id IS NOT NEW.id OR OLD.account_key IS NOT NEW.account_key OR OLD.line_key IS NOT NEW.line_key
    OR OLD.offer_id IS NOT NEW.offer_id OR OLD.amount_minor IS NOT NEW.amount_minor
    OR OLD.currency IS NOT NEW.currency OR OLD.created_us IS NOT NEW.created_us
    OR OLD.month IS NOT NEW.month OR OLD.method_id IS NOT NEW.method_id
  BEGIN SELECT RAISE(ABORT, 'I9: an order never changes what it buys'); END;
"""

SCHEMA: Final = f"""
-- One row per fact about the book itself: its id, its revision, the time zone of its months, the seal on its rules.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- One row per intended recharge. It is here, and synced, before the first byte leaves (I5).
CREATE TABLE orders (
  id            TEXT PRIMARY KEY,
  account_key   TEXT NOT NULL,
  line_key      TEXT NOT NULL,
  offer_id      TEXT NOT NULL,
  amount_minor  INTEGER NOT NULL CHECK (amount_minor > 0),
  currency      TEXT NOT NULL CHECK (length(currency) = 3),
  state         TEXT NOT NULL CHECK (state IN ({_words(OrderState)})),
  created_us    INTEGER NOT NULL,
  updated_us    INTEGER NOT NULL,
  method_id     TEXT,
  request_id    TEXT,
  origin        TEXT NOT NULL CHECK (origin IN ({_words(Origin)})),
  user_id       TEXT,
  sends         INTEGER NOT NULL CHECK (sends >= 0),
  last_sent_us  INTEGER,
  provider_ref  TEXT,
  reason        TEXT,
  alarm         INTEGER NOT NULL DEFAULT 0,
  {MONTH},
  {DIGEST}
) STRICT;

-- A line has at most one unfinished order, whatever the code forgets.
CREATE UNIQUE INDEX one_unfinished_order_per_line ON orders (line_key) WHERE state IN ({_words(UNFINISHED)});
-- A named request is one order; one that paid nothing gives its name back, or a monthly name would fail for ever.
CREATE UNIQUE INDEX one_order_per_request ON orders (line_key, request_id)
  WHERE request_id IS NOT NULL AND state NOT IN ({_words(PAID_NOTHING)});
CREATE INDEX orders_of_line ON orders (line_key, created_us);
CREATE INDEX orders_by_time ON orders (created_us);
CREATE INDEX orders_of_account ON orders (account_key, created_us);

-- What counts against the limits, kept in the same transaction: summing a busy month would take its time.
-- scope: line_month, account_month (period 2026-11) or account_day (period 2026-11-23, UTC).
CREATE TABLE totals (
  scope     TEXT NOT NULL,
  key       TEXT NOT NULL,
  period    TEXT NOT NULL,
  currency  TEXT NOT NULL,
  minor     INTEGER NOT NULL CHECK (minor >= 0),
  PRIMARY KEY (scope, key, period, currency)
) STRICT, WITHOUT ROWID;

{CHARGES}
{ONE_CHARGE_PER_ORDER}

{COUNTED_VIEW}
-- Who asked for what, and what became of it. Refusals stand here too.
CREATE TABLE journal (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  at_us     INTEGER NOT NULL,
  order_id  TEXT,
  line_key  TEXT NOT NULL,
  event     TEXT NOT NULL,
  reason    TEXT,
  origin    TEXT NOT NULL,
  user_id   TEXT
) STRICT;
CREATE INDEX journal_of_line ON journal (line_key, at_us);

-- I7: the steps an order may take.
CREATE TABLE steps (before TEXT NOT NULL, after TEXT NOT NULL, PRIMARY KEY (before, after)) STRICT, WITHOUT ROWID;
INSERT INTO steps (before, after) VALUES
  {", ".join(f"('{before.value}', '{after.value}')" for before in NEXT for after in sorted(NEXT[before]))};
CREATE TRIGGER only_legal_steps BEFORE UPDATE OF state ON orders
  WHEN OLD.state IS NOT NEW.state
   AND NOT EXISTS (SELECT 1 FROM steps WHERE before = OLD.state AND after = NEW.state)
  BEGIN SELECT RAISE(ABORT, 'I7: not a legal step'); END;

-- What was ordered never changes, and no order is ever forgotten.
{KEEP_PURCHASE}CREATE TRIGGER orders_are_never_forgotten BEFORE DELETE ON orders
  BEGIN SELECT RAISE(ABORT, 'I2: an order is never deleted'); END;

PRAGMA user_version = {VERSION};
"""  # noqa: S608 - put together from our own names of states
