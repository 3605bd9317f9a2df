-- migrate:up
-- What the credit service keeps: limits and holds, which people and the dunning ladder decide, and the scores that it
-- last published. A score itself is always computed from ledger.open_item; the row here only tells what changed.

-- The score last recorded for a customer; one row a customer.
CREATE TABLE credit.score (
	creditor text COLLATE "C" NOT NULL,
	customer uuid NOT NULL,
	customer_number text NOT NULL,
	score smallint NOT NULL CHECK (score BETWEEN 0 AND 100),
	risk_class text COLLATE "C" NOT NULL CHECK (risk_class IN ('low', 'medium', 'high', 'severe')),
	reasons jsonb NOT NULL,            -- [{"code", "text", "points"}], the weightiest first
	scored_on date NOT NULL,           -- by the creditor's clock
	change uuid NOT NULL,              -- the score_change that recorded it
	PRIMARY KEY (creditor, customer)
);

-- Every material change of a score, never altered.
CREATE TABLE credit.score_change (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,                  -- UUIDv7: in order of time
	customer uuid NOT NULL,
	score smallint NOT NULL CHECK (score BETWEEN 0 AND 100),
	risk_class text COLLATE "C" NOT NULL CHECK (risk_class IN ('low', 'medium', 'high', 'severe')),
	reasons jsonb NOT NULL,
	scored_on date NOT NULL,
	recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (creditor, customer, id)
);

-- What may be owed at most, by currency: amounts of different currencies are never added up.
CREATE TABLE credit.credit_limit (
	creditor text COLLATE "C" NOT NULL,
	customer uuid NOT NULL,
	customer_number text NOT NULL,
	currency char(3) COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
	limit_minor bigint NOT NULL CHECK (limit_minor BETWEEN 0 AND 1000000000000),
	reason text NOT NULL DEFAULT '',
	set_by text NOT NULL,
	set_at timestamptz NOT NULL,       -- by the creditor's clock
	PRIMARY KEY (creditor, customer, currency)
);

-- Holds, past ones too. At most one a customer and origin is active.
CREATE TABLE credit.hold (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	customer uuid NOT NULL,
	customer_number text NOT NULL,
	origin text COLLATE "C" NOT NULL CHECK (origin IN ('person', 'dunning')),
	reason text NOT NULL CHECK (reason <> ''),
	placed_by text NOT NULL,
	placed_at timestamptz NOT NULL,    -- this and released_at by the creditor's clock
	expires_on date,                   -- last day; null: until released
	released_at timestamptz,
	released_by text,
	release_reason text,
	PRIMARY KEY (creditor, id),
	CHECK ((released_at IS NULL) = (released_by IS NULL))
);
CREATE UNIQUE INDEX hold_active ON credit.hold (creditor, customer, origin) WHERE released_at IS NULL;
CREATE INDEX hold_customer ON credit.hold (creditor, customer);

-- How a creditor's customers pay on average, and whether all of them have to be scored again: on a new day, and when
-- `wanted` (raised by an import) is ahead of `done`.
CREATE TABLE credit.portfolio (
	creditor text COLLATE "C" PRIMARY KEY,
	score_millionths bigint NOT NULL DEFAULT 0,
	late_millionths bigint NOT NULL DEFAULT 0,
	scored_on date,                    -- null: never
	wanted bigint NOT NULL DEFAULT 0,
	done bigint NOT NULL DEFAULT 0 CHECK (done <= wanted)
);

GRANT SELECT, INSERT, UPDATE ON credit.score, credit.portfolio TO relance_credit;
GRANT SELECT, INSERT ON credit.score_change TO relance_credit;
GRANT SELECT, INSERT, UPDATE, DELETE ON credit.credit_limit TO relance_credit;
GRANT SELECT, INSERT, UPDATE ON credit.hold TO relance_credit;
GRANT SELECT ON credit.score, credit.credit_limit, credit.hold
	TO relance_invoicing, relance_payments, relance_notification;

-- migrate:down
DROP TABLE credit.portfolio, credit.hold, credit.credit_limit, credit.score_change, credit.score;
