"""The tables of the books. Amounts are decimal texts, times are microseconds of the operator's clock."""

from typing import Final

SCHEMA_VERSION: Final = 1

SCHEMA: Final = """
-- Settings that outlive the process: clock, behaviour.
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- Who may log in.
CREATE TABLE IF NOT EXISTS accounts (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE, currency TEXT NOT NULL
) STRICT;

-- What pays for an account; funds NULL is unlimited.
CREATE TABLE IF NOT EXISTS methods (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL REFERENCES accounts(id), id TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('wallet', 'card')), label TEXT NOT NULL,
  last4 TEXT, expires TEXT, funds TEXT, declines INTEGER NOT NULL,
  UNIQUE (account, id)
) STRICT;

-- What has a balance; the numbers are those of anchor_us.
CREATE TABLE IF NOT EXISTS lines (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE, account TEXT NOT NULL REFERENCES accounts(id),
  name TEXT NOT NULL, currency TEXT NOT NULL, anchor_us INTEGER NOT NULL,
  iccid TEXT, msisdn TEXT, balance TEXT, data_left_bytes INTEGER, valid_until_us INTEGER,
  money_per_day TEXT NOT NULL, bytes_per_day INTEGER NOT NULL,
  removed INTEGER NOT NULL, barred INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS lines_of_account ON lines (account, position);

-- What is sold; line NULL means for each line of the account.
CREATE TABLE IF NOT EXISTS offers (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL REFERENCES accounts(id), id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('open', 'package')), name TEXT NOT NULL, currency TEXT NOT NULL,
  line TEXT, price TEXT, min TEXT, max TEXT, step TEXT, data_bytes INTEGER, validity_days INTEGER,
  UNIQUE (account, id)
) STRICT;

-- Accepted wishes.
CREATE TABLE IF NOT EXISTS orders (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, line TEXT NOT NULL, offer TEXT NOT NULL,
  amount TEXT NOT NULL, currency TEXT NOT NULL, method TEXT NOT NULL, reference TEXT, key TEXT,
  status TEXT NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'reversed')),
  reason TEXT, created_us INTEGER NOT NULL, credited TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS orders_by_reference ON orders (account, reference);

-- One row per time money was taken. An order takes money at most once; the operator's own sins are new orders.
CREATE TABLE IF NOT EXISTS charges (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE, "order" TEXT UNIQUE REFERENCES orders(id),
  account TEXT NOT NULL, line TEXT NOT NULL, offer TEXT NOT NULL, method TEXT,
  amount TEXT NOT NULL, currency TEXT NOT NULL, reference TEXT, key TEXT,
  at_us INTEGER NOT NULL, wall_at TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('succeeded', 'reversed')), "foreign" INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS charges_of_line ON charges (line, position);

-- What was answered under an idempotency key: an order, or a refusal where these are replayed too.
CREATE TABLE IF NOT EXISTS keys (
  account TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, first_us INTEGER NOT NULL,
  "order" TEXT, refusal TEXT, PRIMARY KEY (account, key)
) STRICT;

-- What happens by itself later: a late delivery, an order's end, a credit.
CREATE TABLE IF NOT EXISTS agenda (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at_us INTEGER NOT NULL, what TEXT NOT NULL, payload TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS agenda_by_time ON agenda (at_us, id);

-- Faults that wait for their request; remaining NULL is forever.
CREATE TABLE IF NOT EXISTS faults (
  id INTEGER PRIMARY KEY AUTOINCREMENT, operation TEXT NOT NULL, kind TEXT NOT NULL,
  remaining INTEGER, args TEXT NOT NULL
) STRICT;

-- Every request, written before it has any effect; arrived_at is real time.
CREATE TABLE IF NOT EXISTS requests (
  id INTEGER PRIMARY KEY AUTOINCREMENT, arrived_at TEXT NOT NULL, clock_us INTEGER NOT NULL,
  account TEXT, operation TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
  key TEXT, reference TEXT, body_sha256 TEXT NOT NULL, fault TEXT,
  effect TEXT NOT NULL DEFAULT 'none', "order" TEXT, refusal TEXT
) STRICT;
"""

# In an order that never breaks a reference.
TABLES: Final = (
    "requests",
    "faults",
    "agenda",
    "keys",
    "charges",
    "orders",
    "offers",
    "lines",
    "methods",
    "accounts",
    "settings",
)
