-- migrate:up
-- SEPA direct debit: how a creditor collects, mandates, collection runs and their collections. mandate and collection are
-- published: exposure and dunning look at what is being collected.

CREATE TABLE payments.debit_profile (
	creditor text COLLATE "C" PRIMARY KEY,
	scheme_id text COLLATE "C" NOT NULL CHECK (length(scheme_id) BETWEEN 8 AND 35), -- SEPA creditor identifier
	account text COLLATE "C",                    -- where the money goes; null: invoicing.creditor.iban
	bic text COLLATE "C",
	lead_days smallint NOT NULL DEFAULT 1 CHECK (lead_days BETWEEN 1 AND 10),     -- TARGET days before the collection
	notice_days smallint NOT NULL DEFAULT 14 CHECK (notice_days BETWEEN 0 AND 60), -- calendar days from the invoice on
	retry_days smallint NOT NULL DEFAULT 5 CHECK (retry_days BETWEEN 1 AND 60)    -- calendar days after a return
);

CREATE TABLE payments.mandate (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	reference text COLLATE "C" NOT NULL CHECK (length(reference) BETWEEN 1 AND 35), -- unique mandate reference
	customer uuid NOT NULL,
	customer_number text NOT NULL,
	scheme text COLLATE "C" NOT NULL CHECK (scheme IN ('core', 'b2b')),
	one_off boolean NOT NULL,
	debtor_name text NOT NULL,
	iban text COLLATE "C" NOT NULL,
	bic text COLLATE "C",
	signed_on date NOT NULL,
	state text COLLATE "C" NOT NULL CHECK (state IN ('active', 'blocked', 'cancelled', 'lapsed', 'used')),
	reason text COLLATE "C",                     -- why blocked: the bank's code
	final boolean NOT NULL DEFAULT false,        -- the next collection is the last (FNAL)
	collections integer NOT NULL DEFAULT 0,      -- ordered and not rejected before settlement: 0 means FRST comes next
	last_collected_on date,                      -- the 36 months count from here, else from the signature
	PRIMARY KEY (creditor, id),
	CONSTRAINT mandate_reference UNIQUE (creditor, reference)
);
CREATE INDEX mandate_customer ON payments.mandate (creditor, customer);

-- A file to the bank. It is kept as sent.
CREATE TABLE payments.collection_run (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	message_id text COLLATE "C" NOT NULL CHECK (length(message_id) BETWEEN 1 AND 35),
	made_at timestamptz NOT NULL,                -- by the creditor's clock
	collections integer NOT NULL CHECK (collections > 0),
	amount_minor bigint NOT NULL CHECK (amount_minor > 0),
	content bytea NOT NULL,                      -- pain.008.001.08
	PRIMARY KEY (creditor, id),
	CONSTRAINT collection_run_message UNIQUE (creditor, message_id)
);

CREATE TABLE payments.collection (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	run uuid NOT NULL,
	batch text COLLATE "C" NOT NULL,             -- PmtInfId of its group in the file
	end_to_end_id text COLLATE "C" NOT NULL,
	mandate uuid NOT NULL,
	item uuid NOT NULL,                          -- ledger.open_item
	invoice_number text NOT NULL,
	customer uuid NOT NULL,
	customer_number text NOT NULL,
	sequence_type text COLLATE "C" NOT NULL CHECK (sequence_type IN ('FRST', 'RCUR', 'FNAL', 'OOFF')),
	attempt smallint NOT NULL CHECK (attempt > 0),
	currency char(3) COLLATE "C" NOT NULL,
	amount_minor bigint NOT NULL CHECK (amount_minor > 0),
	collect_on date NOT NULL,                    -- requested collection date
	state text COLLATE "C" NOT NULL CHECK (state IN ('ordered', 'accepted', 'settled', 'rejected', 'returned')),
	payment uuid,                                -- payments.payment that brought the money
	settled_on date,
	reversible_until date,                       -- refund without a reason ends (Core), or the bank's own return (B2B)
	reason text COLLATE "C",                     -- the bank's code when rejected or returned
	action text COLLATE "C" CHECK (action IN ('retry', 'person', 'block')),
	retry_on date,                               -- not before; null: not collected again by itself
	bank_charge_minor bigint NOT NULL DEFAULT 0 CHECK (bank_charge_minor >= 0),
	PRIMARY KEY (creditor, id),
	CONSTRAINT collection_end_to_end UNIQUE (creditor, end_to_end_id),
	FOREIGN KEY (creditor, run) REFERENCES payments.collection_run,
	FOREIGN KEY (creditor, mandate) REFERENCES payments.mandate,
	CHECK ((state = 'settled') <= (payment IS NOT NULL AND settled_on IS NOT NULL)),
	CHECK ((state IN ('rejected', 'returned')) = (reason IS NOT NULL))
);
-- One live collection an item: nobody is debited twice.
CREATE UNIQUE INDEX collection_live ON payments.collection (creditor, item) WHERE state IN ('ordered', 'accepted');
CREATE INDEX collection_item ON payments.collection (creditor, item, attempt);
CREATE INDEX collection_batch ON payments.collection (creditor, batch);
CREATE INDEX collection_payment ON payments.collection (creditor, payment) WHERE payment IS NOT NULL;

GRANT SELECT, INSERT, UPDATE ON payments.debit_profile, payments.mandate, payments.collection TO relance_payments;
GRANT SELECT, INSERT ON payments.collection_run TO relance_payments;
GRANT SELECT ON payments.mandate, payments.collection TO relance_invoicing, relance_credit, relance_notification;

-- migrate:down
DROP TABLE payments.collection, payments.collection_run, payments.mandate, payments.debit_profile;
