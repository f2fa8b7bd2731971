PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE charges (
  account_key   TEXT NOT NULL,
  charge_id     TEXT NOT NULL,
  line_key      TEXT NOT NULL,
  order_id      TEXT REFERENCES orders (id),
  amount_minor  INTEGER NOT NULL,
  currency      TEXT NOT NULL,
  at_us         INTEGER NOT NULL,
  PRIMARY KEY (account_key, charge_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "charges" VALUES('0e705d57c09723b98950c0b1039f065c','c0','2545368984f7440e2932452d686546ff','00000000-0000-4000-8000-000000000000',30000,'RUB',1795435200000000);
INSERT INTO "charges" VALUES('0e705d57c09723b98950c0b1039f065c','c2','e06c8cf0157c71f0af5330b9f5c69637',NULL,7000,'RUB',1795524300000000);
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
INSERT INTO "journal" VALUES(1,1793392200000000,'00000000-0000-4000-8000-000000000000','2545368984f7440e2932452d686546ff','submitting',NULL,'user',NULL);
INSERT INTO "journal" VALUES(2,1793392200000000,'00000000-0000-4000-8000-000000000000','2545368984f7440e2932452d686546ff','succeeded',NULL,'user',NULL);
INSERT INTO "journal" VALUES(3,1793481300000000,'00000000-0000-4000-8000-000000000001','2545368984f7440e2932452d686546ff','submitting',NULL,'user',NULL);
INSERT INTO "journal" VALUES(4,1793481300000000,'00000000-0000-4000-8000-000000000001','2545368984f7440e2932452d686546ff','succeeded',NULL,'user',NULL);
INSERT INTO "journal" VALUES(5,1793481300000000,'00000000-0000-4000-8000-000000000002','e06c8cf0157c71f0af5330b9f5c69637','submitting',NULL,'user',NULL);
INSERT INTO "journal" VALUES(6,1793481300000000,'00000000-0000-4000-8000-000000000002','e06c8cf0157c71f0af5330b9f5c69637','failed','card_declined','user',NULL);
INSERT INTO "journal" VALUES(7,1793481300000000,'00000000-0000-4000-8000-000000000003','16ce99916bf2c184ebc28707df968c13','submitting',NULL,'user',NULL);
INSERT INTO "journal" VALUES(8,1793481300000000,'00000000-0000-4000-8000-000000000003','16ce99916bf2c184ebc28707df968c13','unknown','timeout','user',NULL);
INSERT INTO "journal" VALUES(9,1793481300000000,NULL,'16ce99916bf2c184ebc28707df968c13','refused','outcome_unknown','user',NULL);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('book_id','2d84e09de7f149d98f5c999fb614c6ad');
INSERT INTO "meta" VALUES('created_us','1793392200000000');
INSERT INTO "meta" VALUES('revision','11');
INSERT INTO "meta" VALUES('zone','Europe/Moscow');
CREATE TABLE orders (
  id            TEXT PRIMARY KEY,
  account_key   TEXT NOT NULL,
  line_key      TEXT NOT NULL,
  offer_id      TEXT NOT NULL,
  amount_minor  INTEGER NOT NULL CHECK (amount_minor > 0),
  currency      TEXT NOT NULL CHECK (length(currency) = 3),
  state         TEXT NOT NULL CHECK (state IN ('awaiting_approval', 'declined', 'expired', 'failed', 'held', 'pending', 'reversed', 'submitting', 'succeeded', 'superseded', 'unknown')),
  created_us    INTEGER NOT NULL,
  updated_us    INTEGER NOT NULL,
  method_id     TEXT,
  request_id    TEXT,
  origin        TEXT NOT NULL CHECK (origin IN ('automation', 'rule', 'user')),
  user_id       TEXT,
  sends         INTEGER NOT NULL CHECK (sends >= 0),
  last_sent_us  INTEGER,
  provider_ref  TEXT,
  reason        TEXT,
  alarm         INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO "orders" VALUES('00000000-0000-4000-8000-000000000000','0e705d57c09723b98950c0b1039f065c','2545368984f7440e2932452d686546ff','open',30000,'RUB','succeeded',1793392200000000,1793392200000000,NULL,NULL,'user',NULL,1,1793392200000000,'p-0000',NULL,0);
INSERT INTO "orders" VALUES('00000000-0000-4000-8000-000000000001','0e705d57c09723b98950c0b1039f065c','2545368984f7440e2932452d686546ff','open',15000,'RUB','succeeded',1793481300000000,1793481300000000,NULL,'november','user',NULL,1,1793481300000000,'p-0000',NULL,0);
INSERT INTO "orders" VALUES('00000000-0000-4000-8000-000000000002','0e705d57c09723b98950c0b1039f065c','e06c8cf0157c71f0af5330b9f5c69637','open',30000,'RUB','failed',1793481300000000,1793481300000000,NULL,NULL,'user',NULL,1,1793481300000000,NULL,'card_declined',0);
INSERT INTO "orders" VALUES('00000000-0000-4000-8000-000000000003','0e705d57c09723b98950c0b1039f065c','16ce99916bf2c184ebc28707df968c13','open',20000,'RUB','unknown',1793481300000000,1793481300000000,NULL,NULL,'user',NULL,1,1793481300000000,NULL,'timeout',0);
CREATE TABLE steps (before TEXT NOT NULL, after TEXT NOT NULL, PRIMARY KEY (before, after)) STRICT, WITHOUT ROWID;
INSERT INTO "steps" VALUES('awaiting_approval','declined');
INSERT INTO "steps" VALUES('awaiting_approval','expired');
INSERT INTO "steps" VALUES('awaiting_approval','submitting');
INSERT INTO "steps" VALUES('awaiting_approval','superseded');
INSERT INTO "steps" VALUES('held','failed');
INSERT INTO "steps" VALUES('held','succeeded');
INSERT INTO "steps" VALUES('pending','failed');
INSERT INTO "steps" VALUES('pending','held');
INSERT INTO "steps" VALUES('pending','succeeded');
INSERT INTO "steps" VALUES('pending','unknown');
INSERT INTO "steps" VALUES('submitting','failed');
INSERT INTO "steps" VALUES('submitting','pending');
INSERT INTO "steps" VALUES('submitting','succeeded');
INSERT INTO "steps" VALUES('submitting','unknown');
INSERT INTO "steps" VALUES('succeeded','reversed');
INSERT INTO "steps" VALUES('unknown','failed');
INSERT INTO "steps" VALUES('unknown','held');
INSERT INTO "steps" VALUES('unknown','pending');
INSERT INTO "steps" VALUES('unknown','succeeded');
CREATE TABLE totals (
  scope     TEXT NOT NULL,
  key       TEXT NOT NULL,
  period    TEXT NOT NULL,
  currency  TEXT NOT NULL,
  minor     INTEGER NOT NULL CHECK (minor >= 0),
  PRIMARY KEY (scope, key, period, currency)
) STRICT, WITHOUT ROWID;
INSERT INTO "totals" VALUES('account_day','0e705d57c09723b98950c0b1039f065c','2026-10-30','RUB',30000);
INSERT INTO "totals" VALUES('account_day','0e705d57c09723b98950c0b1039f065c','2026-10-31','RUB',35000);
INSERT INTO "totals" VALUES('account_day','0e705d57c09723b98950c0b1039f065c','2026-11-24','RUB',7000);
INSERT INTO "totals" VALUES('account_month','0e705d57c09723b98950c0b1039f065c','2026-10','RUB',30000);
INSERT INTO "totals" VALUES('account_month','0e705d57c09723b98950c0b1039f065c','2026-11','RUB',42000);
INSERT INTO "totals" VALUES('line_month','16ce99916bf2c184ebc28707df968c13','2026-11','RUB',20000);
INSERT INTO "totals" VALUES('line_month','2545368984f7440e2932452d686546ff','2026-10','RUB',30000);
INSERT INTO "totals" VALUES('line_month','2545368984f7440e2932452d686546ff','2026-11','RUB',15000);
INSERT INTO "totals" VALUES('line_month','e06c8cf0157c71f0af5330b9f5c69637','2026-11','RUB',7000);
CREATE UNIQUE INDEX one_unfinished_order_per_line ON orders (line_key) WHERE state IN ('awaiting_approval', 'held', 'pending', 'submitting', 'unknown');
CREATE UNIQUE INDEX one_order_per_request ON orders (line_key, request_id)
  WHERE request_id IS NOT NULL AND state NOT IN ('declined', 'expired', 'failed', 'superseded');
CREATE INDEX orders_of_line ON orders (line_key, created_us);
CREATE INDEX orders_by_time ON orders (created_us);
CREATE INDEX orders_of_account ON orders (account_key, created_us);
CREATE UNIQUE INDEX one_charge_per_order ON charges (order_id) WHERE order_id IS NOT NULL;
CREATE VIEW counted AS
  SELECT account_key, line_key, currency, amount_minor, created_us AS at_us FROM orders
    WHERE state IN ('held', 'pending', 'submitting', 'succeeded', 'unknown')
  UNION ALL
  SELECT account_key, line_key, currency, amount_minor, at_us FROM charges WHERE order_id IS NULL;
CREATE INDEX journal_of_line ON journal (line_key, at_us);
CREATE TRIGGER only_legal_steps BEFORE UPDATE OF state ON orders
  WHEN OLD.state IS NOT NEW.state
   AND NOT EXISTS (SELECT 1 FROM steps WHERE before = OLD.state AND after = NEW.state)
  BEGIN SELECT RAISE(ABORT, 'I7: not a legal step'); END;
CREATE TRIGGER orders_keep_their_purchase
  BEFORE UPDATE OF id, account_key, line_key, offer_id, amount_minor, currency, created_us, method_id ON orders
  WHEN OLD.id IS NOT NEW.id OR OLD.account_key IS NOT NEW.account_key OR OLD.line_key IS NOT NEW.line_key
    OR OLD.offer_id IS NOT NEW.offer_id OR OLD.amount_minor IS NOT NEW.amount_minor
    OR OLD.currency IS NOT NEW.currency OR OLD.created_us IS NOT NEW.created_us OR OLD.method_id IS NOT NEW.method_id
  BEGIN SELECT RAISE(ABORT, 'I9: an order never changes what it buys'); END;
CREATE TRIGGER orders_are_never_forgotten BEFORE DELETE ON orders
  BEGIN SELECT RAISE(ABORT, 'I2: an order is never deleted'); END;
COMMIT;
