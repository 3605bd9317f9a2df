-- migrate:up
-- What a creditor's amount rules allow, and what decisions by them leave in the books.

-- One row a currency; without one the service's defaults hold (services/payments/domain/match_rules.c). Shares are
-- hundredths of a percent of what is open.
CREATE TABLE payments.match_rule (
	creditor text COLLATE "C" NOT NULL,
	currency char(3) COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
	discount_grace_days integer NOT NULL CHECK (discount_grace_days >= 0),
	taken_discount_share integer NOT NULL CHECK (taken_discount_share >= 0),
	charges_max_minor bigint NOT NULL CHECK (charges_max_minor >= 0),
	charges_booked boolean NOT NULL,
	under_max_minor bigint NOT NULL CHECK (under_max_minor >= 0),
	under_max_share integer NOT NULL CHECK (under_max_share >= 0),
	over_max_minor bigint NOT NULL CHECK (over_max_minor >= 0),
	over_max_share integer NOT NULL CHECK (over_max_share >= 0),
	parts boolean NOT NULL,
	account_amount boolean NOT NULL,
	set_at timestamptz NOT NULL,                -- by the creditor's clock
	set_by text NOT NULL,
	PRIMARY KEY (creditor, currency)
);

-- Between two currencies: what the bank gave for an invoice in another one. Its balances are the open exchange position.
ALTER TYPE ledger.account ADD VALUE 'exchange';

-- An allocation is in the invoice's currency.
ALTER TABLE payments.allocation
	ADD COLUMN cash_minor bigint,               -- of the payment, in its currency; null: amount_minor, in one currency
	ADD COLUMN relief text COLLATE "C" NOT NULL DEFAULT 'discount' -- what discount_minor is
		CHECK (relief IN ('discount', 'bank_charges', 'rounding')),
	ADD COLUMN alternative smallint NOT NULL DEFAULT 1 CHECK (alternative > 0); -- of a proposal: which of several sets

-- A small excess that the creditor kept.
ALTER TABLE payments.payment ADD COLUMN rounding_minor bigint NOT NULL DEFAULT 0 CHECK (rounding_minor >= 0);

-- Payers are found by their whole name: letters and digits, upper case.
CREATE INDEX customer_name_key ON invoicing.customer (creditor, upper(regexp_replace(name, '[^A-Za-z0-9]', '', 'g')));

GRANT SELECT, INSERT, UPDATE ON payments.match_rule TO relance_payments;

-- migrate:down
DROP INDEX invoicing.customer_name_key;
ALTER TABLE payments.payment DROP COLUMN rounding_minor;
ALTER TABLE payments.allocation DROP COLUMN alternative, DROP COLUMN relief, DROP COLUMN cash_minor;
DROP TABLE payments.match_rule;
