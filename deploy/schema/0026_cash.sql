-- migrate:up
-- What people do with cash after the match: a match is undone with its consequences, what was taught is forgotten, money
-- goes back to whom it belongs.

-- Owed back to a payer until the bank has paid it out. Subject: the refund. Its balance is the refunds' own (below).
ALTER TYPE ledger.account ADD VALUE 'refund';

ALTER TABLE payments.payment DROP CONSTRAINT payment_state_check;
ALTER TABLE payments.payment ADD CONSTRAINT payment_state_check CHECK (state IN
	('allocated', 'suggested', 'unapplied', 'unidentified', 'clearing', 'return', 'returned', 'refund'));
ALTER TABLE payments.allocation DROP CONSTRAINT allocation_state_check;
ALTER TABLE payments.allocation ADD CONSTRAINT allocation_state_check CHECK (state IN
	('auto', 'confirmed', 'suggested', 'returned', 'withdrawn', 'undone'));

-- A match that was taken back: by a person ('undo'), or with the money ('return').
CREATE TABLE payments.undo (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	payment uuid NOT NULL,              -- whose match it was
	kind text COLLATE "C" NOT NULL CHECK (kind IN ('undo', 'return')),
	postings uuid[] NOT NULL,           -- that take it back
	reversed uuid[] NOT NULL,           -- that are taken back
	reason text NOT NULL,               -- a person's words, or the bank's code; may be empty
	done_by text NOT NULL,
	done_at timestamptz NOT NULL,       -- by the creditor's clock
	PRIMARY KEY (creditor, id)
);
CREATE INDEX undo_payment ON payments.undo (creditor, payment);

-- Which of them took an allocation back.
ALTER TABLE payments.allocation ADD COLUMN undo uuid;

-- What was learned, when and from whom. Rows before this were learned by a person, nobody knows when.
ALTER TABLE payments.payer_account ADD COLUMN learned_at timestamptz, ADD COLUMN learned_by text NOT NULL DEFAULT '';
CREATE INDEX payer_account_source ON payments.payer_account (creditor, learned_from);

-- Names under which a customer pays, where the bank gives no account of the payer.
CREATE TABLE payments.payer_name (
	creditor text COLLATE "C" NOT NULL,
	name_key text COLLATE "C" NOT NULL, -- letters and digits of the name, upper case
	customer uuid NOT NULL,
	name text NOT NULL,
	learned_from uuid NOT NULL,         -- the payment that a person decided
	learned_at timestamptz NOT NULL,
	learned_by text NOT NULL,
	PRIMARY KEY (creditor, name_key, customer)
);
CREATE INDEX payer_name_source ON payments.payer_name (creditor, learned_from);

GRANT SELECT, INSERT ON payments.undo TO relance_payments;
GRANT SELECT, INSERT, UPDATE, DELETE ON payments.payer_account, payments.payer_name TO relance_payments;
GRANT SELECT ON payments.undo, payments.payer_name TO relance_invoicing, relance_credit, relance_notification;

-- migrate:down
DROP TABLE payments.payer_name;
DROP INDEX payments.payer_account_source;
ALTER TABLE payments.payer_account DROP COLUMN learned_by, DROP COLUMN learned_at;
ALTER TABLE payments.allocation DROP COLUMN undo;
DROP TABLE payments.undo;
ALTER TABLE payments.allocation DROP CONSTRAINT allocation_state_check;
ALTER TABLE payments.allocation ADD CONSTRAINT allocation_state_check CHECK (state IN
	('auto', 'confirmed', 'suggested', 'returned', 'withdrawn'));
ALTER TABLE payments.payment DROP CONSTRAINT payment_state_check;
ALTER TABLE payments.payment ADD CONSTRAINT payment_state_check CHECK (state IN
	('allocated', 'suggested', 'unapplied', 'unidentified', 'clearing', 'return', 'returned'));
