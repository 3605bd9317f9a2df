-- migrate:up
-- Bank files, statements, entries, payments and what they pay. A payment is one transaction on the bank account: an
-- entry, or one of the transactions of a batch booking. statement, payment, allocation and payer_account are published.

-- A bank account and the creditor that owns it. An account has one owner, so the key is the account's own.
CREATE TABLE payments.bank_account (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	account text COLLATE "C" NOT NULL CHECK (account <> ''), -- IBAN, or the bank's number where it has none
	currency char(3) COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
	origin text COLLATE "C" NOT NULL CHECK (origin IN ('creditor', 'adopted')), -- the creditor's own IBAN; by --adopt-account
	made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (creditor, id),
	CONSTRAINT bank_account_owner UNIQUE (account, currency)
);

-- A file as it came, kept as evidence, whatever became of it.
CREATE TABLE payments.file (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	name text NOT NULL DEFAULT '',
	state text COLLATE "C" NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'imported', 'held', 'rejected')),
	reason text COLLATE "C",       -- why held or rejected
	message text,
	line bigint,
	received_at timestamptz NOT NULL,
	size_bytes bigint,
	sha256 text COLLATE "C",
	format text COLLATE "C",
	statements bigint NOT NULL DEFAULT 0,
	entries bigint NOT NULL DEFAULT 0,
	duplicates bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (creditor, id),
	CHECK ((state IN ('held', 'rejected')) = (reason IS NOT NULL))
);
-- The same bytes are booked once.
CREATE UNIQUE INDEX file_imported ON payments.file (creditor, sha256) WHERE state = 'imported';
CREATE INDEX file_sha256 ON payments.file (creditor, sha256);

CREATE TABLE payments.file_part (
	creditor text COLLATE "C" NOT NULL,
	file uuid NOT NULL,
	at_byte bigint NOT NULL CHECK (at_byte >= 0),
	content bytea NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 1048576),
	PRIMARY KEY (creditor, file, at_byte),
	FOREIGN KEY (creditor, file) REFERENCES payments.file ON DELETE CASCADE
);

-- A statement that is booked: opening + entries = closing, or that cannot be said of it.
CREATE TABLE payments.statement (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	bank_account uuid NOT NULL,
	file uuid NOT NULL,
	statement_id text,
	sequence bigint,
	currency char(3) COLLATE "C" NOT NULL,
	opening_on date,
	opening_minor bigint,
	closing_on date,
	closing_minor bigint,
	entries bigint NOT NULL DEFAULT 0,
	entries_minor bigint NOT NULL DEFAULT 0,    -- sum of all its entries, those known before included
	duplicates bigint NOT NULL DEFAULT 0,       -- entries that an overlapping statement had brought before
	duplicates_minor bigint NOT NULL DEFAULT 0,
	balance text COLLATE "C" NOT NULL DEFAULT 'unknown' CHECK (balance IN ('ok', 'unknown')), -- unknown: one is missing, or in another currency
	last_booked_on date,                        -- of its entries, else of its balance: how far the bank feed goes
	chain text COLLATE "C" NOT NULL DEFAULT 'unknown' CHECK (chain IN ('first', 'continues', 'broken', 'unknown')),
	imported_at timestamptz NOT NULL,           -- by the creditor's clock
	PRIMARY KEY (creditor, id),
	FOREIGN KEY (creditor, bank_account) REFERENCES payments.bank_account,
	FOREIGN KEY (creditor, file) REFERENCES payments.file
);
CREATE INDEX statement_account ON payments.statement (creditor, bank_account, closing_on);

-- One line of a statement. Its key recognises it in overlapping statements: banks reuse references over the years, give
-- one to a whole batch, or give none (then bank_key is a digest of the texts), so that only date, amount, key and
-- place among equals together are the entry's own.
CREATE TABLE payments.entry (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	bank_account uuid NOT NULL,
	statement uuid NOT NULL,
	number bigint NOT NULL CHECK (number > 0),  -- place in its file
	line bigint NOT NULL,
	booked_on date NOT NULL,
	value_on date NOT NULL,
	currency char(3) COLLATE "C" NOT NULL,
	amount_minor bigint NOT NULL,
	bank_ref text,
	bank_key text COLLATE "C" NOT NULL,
	occurrence integer NOT NULL CHECK (occurrence > 0),
	PRIMARY KEY (creditor, id),
	CONSTRAINT entry_once UNIQUE (creditor, bank_account, booked_on, amount_minor, bank_key, occurrence)
);
CREATE INDEX entry_statement ON payments.entry (creditor, statement);
CREATE INDEX entry_bank_ref ON payments.entry (creditor, bank_ref) WHERE bank_ref IS NOT NULL;

CREATE TABLE payments.payment (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,                  -- also the id of the posting that books it
	entry uuid NOT NULL,
	detail integer NOT NULL,           -- place among the transactions of a batch booking; 0: the entry itself
	entry_ref text NOT NULL,           -- the bank's reference of the entry, or '#N'
	booked_on date NOT NULL,
	value_on date NOT NULL,
	currency char(3) COLLATE "C" NOT NULL,
	amount_minor bigint NOT NULL,
	remittance text,
	creditor_ref text,
	end_to_end_id text,
	mandate text,
	payer_name text,
	payer_iban text,
	transaction_code text,
	return_reason text,
	state text COLLATE "C" NOT NULL
		CHECK (state IN ('allocated', 'suggested', 'unapplied', 'unidentified', 'clearing', 'return', 'returned')),
	rule text COLLATE "C" NOT NULL,
	evidence text NOT NULL,
	customer uuid,                     -- whose unapplied cash the rest is; null: unidentified
	customer_number text,
	rest_minor bigint NOT NULL CHECK (rest_minor >= 0), -- cash on no invoice
	original uuid,                     -- of a return: the payment that it took back
	PRIMARY KEY (creditor, id)
);
CREATE INDEX payment_entry ON payments.payment (creditor, entry);
CREATE INDEX payment_entry_ref ON payments.payment (creditor, entry_ref);
CREATE INDEX payment_end_to_end ON payments.payment (creditor, end_to_end_id) WHERE end_to_end_id IS NOT NULL;
CREATE INDEX payment_mandate ON payments.payment (creditor, mandate) WHERE mandate IS NOT NULL;
CREATE INDEX payment_waiting ON payments.payment (creditor, state, id)
	WHERE state IN ('suggested', 'unapplied', 'unidentified');
CREATE INDEX payment_customer_rest ON payments.payment (creditor, customer) WHERE rest_minor > 0;

-- A payment's share in an invoice, booked or proposed.
CREATE TABLE payments.allocation (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	payment uuid NOT NULL,
	item uuid NOT NULL,                -- ledger.open_item
	invoice_number text NOT NULL,
	customer_number text NOT NULL,
	currency char(3) COLLATE "C" NOT NULL,
	amount_minor bigint NOT NULL CHECK (amount_minor > 0), -- cash
	discount_minor bigint NOT NULL DEFAULT 0 CHECK (discount_minor >= 0),
	state text COLLATE "C" NOT NULL CHECK (state IN ('auto', 'confirmed', 'suggested', 'returned', 'withdrawn')),
	rule text COLLATE "C" NOT NULL,
	confidence smallint NOT NULL CHECK (confidence BETWEEN 0 AND 1000), -- thousandths
	evidence text NOT NULL,
	posting uuid,                      -- that books it; null while proposed
	PRIMARY KEY (creditor, id),
	CHECK ((posting IS NULL) = (state IN ('suggested', 'withdrawn')))
);
CREATE INDEX allocation_payment ON payments.allocation (creditor, payment);
CREATE INDEX allocation_item ON payments.allocation (creditor, item);

-- Accounts that pay for a customer, learned from what people decided. The customer's own stands in invoicing.customer.
CREATE TABLE payments.payer_account (
	creditor text COLLATE "C" NOT NULL,
	iban text COLLATE "C" NOT NULL,
	customer uuid NOT NULL,
	learned_from uuid NOT NULL,        -- the payment that a person decided
	PRIMARY KEY (creditor, iban, customer)
);

-- Direct debits find their items by mandate.
CREATE INDEX open_item_mandate ON ledger.open_item (creditor, mandate) WHERE mandate IS NOT NULL;

GRANT SELECT, INSERT, UPDATE ON payments.bank_account, payments.statement, payments.payment, payments.allocation
	TO relance_payments;
GRANT SELECT, INSERT, UPDATE, DELETE ON payments.file, payments.file_part TO relance_payments;
GRANT SELECT, INSERT ON payments.entry, payments.payer_account TO relance_payments;
GRANT SELECT ON invoicing.creditor, invoicing.customer TO relance_payments;
GRANT SELECT ON payments.bank_account, payments.statement, payments.payment, payments.allocation, payments.payer_account
	TO relance_invoicing, relance_credit, relance_notification;

-- migrate:down
DROP INDEX ledger.open_item_mandate;
DROP TABLE payments.payer_account, payments.allocation, payments.payment, payments.entry, payments.statement, payments.file_part,
	payments.file, payments.bank_account;
