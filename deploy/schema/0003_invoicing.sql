-- migrate:up
-- Creditors, customers, terms, invoices and credit notes. creditor, customer, contact, payment_terms and invoice are
-- published: the other services read them. What is owed, and all imported open items, stand in ledger.open_item.

CREATE TABLE invoicing.creditor (
	code text COLLATE "C" PRIMARY KEY CHECK (code ~ '^[A-Za-z0-9_-]{1,16}$'),
	name text NOT NULL CHECK (name <> ''),
	legal_name text NOT NULL,
	language char(2) COLLATE "C" NOT NULL CHECK (language ~ '^[a-z]{2}$'),
	country char(2) COLLATE "C" NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
	timezone text COLLATE "C" NOT NULL,
	currency char(3) COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
	iban text COLLATE "C",
	bic text COLLATE "C",
	vat_id text COLLATE "C",
	email text,                                 -- sender and reply-to of mails
	phone text,
	address_lines text[] NOT NULL DEFAULT '{}',
	invoice_prefix text COLLATE "C" NOT NULL DEFAULT 'INV',
	credit_note_prefix text COLLATE "C" NOT NULL DEFAULT 'CN',
	number_width smallint NOT NULL DEFAULT 6 CHECK (number_width BETWEEN 3 AND 12),
	made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	CHECK (invoice_prefix <> credit_note_prefix)
);

CREATE TABLE invoicing.customer (
	creditor text COLLATE "C" NOT NULL REFERENCES invoicing.creditor,
	id uuid NOT NULL,
	number text COLLATE "C" NOT NULL CHECK (number <> ''),
	name text NOT NULL CHECK (name <> ''),
	language char(2) COLLATE "C" NOT NULL CHECK (language ~ '^[a-z]{2}$'),
	country char(2) COLLATE "C" NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
	timezone text COLLATE "C" NOT NULL,
	segment text COLLATE "C" NOT NULL DEFAULT 'business' CHECK (segment IN ('business', 'consumer', 'public')),
	sales_email text,                           -- who is told when the customer is late
	vat_id text COLLATE "C",
	iban text COLLATE "C",
	phone text,
	address_lines text[] NOT NULL DEFAULT '{}',
	PRIMARY KEY (creditor, id),
	CONSTRAINT customer_number UNIQUE (creditor, number)
);
CREATE INDEX customer_iban ON invoicing.customer (creditor, iban) WHERE iban IS NOT NULL;

-- Whom to write to; the lowest position of a role is the main contact.
CREATE TABLE invoicing.contact (
	creditor text COLLATE "C" NOT NULL,
	customer uuid NOT NULL,
	position smallint NOT NULL,
	role text COLLATE "C" NOT NULL CHECK (role IN ('billing', 'escalation', 'legal')),
	name text,
	email text,
	phone text,
	language char(2) COLLATE "C" NOT NULL,
	PRIMARY KEY (creditor, customer, position),
	FOREIGN KEY (creditor, customer) REFERENCES invoicing.customer
);

-- Terms of a customer, or the creditor's default where customer is null. An invoice keeps what it was issued under.
CREATE TABLE invoicing.payment_terms (
	creditor text COLLATE "C" NOT NULL REFERENCES invoicing.creditor,
	customer uuid,
	days smallint NOT NULL CHECK (days BETWEEN 0 AND 365),
	end_of_month text COLLATE "C" NOT NULL CHECK (end_of_month IN ('none', 'after_days', 'before_days')),
	discount_percent numeric(9, 6) NOT NULL DEFAULT 0 CHECK (discount_percent >= 0 AND discount_percent < 100),
	discount_days smallint NOT NULL DEFAULT 0 CHECK (discount_days BETWEEN 0 AND 365),
	interest_rule text COLLATE "C" NOT NULL CHECK (interest_rule IN ('none', 'statutory', 'fixed')),
	interest_rate numeric(9, 6) NOT NULL CHECK (interest_rate >= 0), -- points over the reference rate, or percent a year
	compensation_minor bigint NOT NULL CHECK (compensation_minor >= 0),
	FOREIGN KEY (creditor, customer) REFERENCES invoicing.customer
);
CREATE UNIQUE INDEX payment_terms_key ON invoicing.payment_terms (creditor, customer) NULLS NOT DISTINCT;

-- The last number given, by series and year. The row's lock, taken by the last statements before the commit, makes numbers
-- gapless and in commit order. `first` is where this system took over from another one's numbers.
CREATE TABLE invoicing.number_counter (
	creditor text COLLATE "C" NOT NULL REFERENCES invoicing.creditor,
	series text COLLATE "C" NOT NULL CHECK (series IN ('invoice', 'credit_note')),
	year smallint NOT NULL,
	first bigint NOT NULL CHECK (first > 0),
	last bigint NOT NULL CHECK (last >= first),
	last_on date NOT NULL,                      -- numbers follow the calendar, as the law of most countries asks
	PRIMARY KEY (creditor, series, year)
);

-- An invoice issued here. It never changes; what is paid or disputed stands in ledger.open_item under the same id.
CREATE TABLE invoicing.invoice (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	number text NOT NULL,
	year smallint NOT NULL,
	sequence bigint NOT NULL,
	customer uuid NOT NULL,
	currency char(3) COLLATE "C" NOT NULL,
	issued_on date NOT NULL,
	due_on date NOT NULL CHECK (due_on >= issued_on),
	net_minor bigint NOT NULL,
	vat_minor bigint NOT NULL,
	gross_minor bigint NOT NULL CHECK (gross_minor > 0 AND gross_minor = net_minor + vat_minor),
	interest_rule text COLLATE "C" NOT NULL CHECK (interest_rule IN ('none', 'statutory', 'fixed')),
	interest_rate numeric(9, 6) NOT NULL,
	compensation_minor bigint NOT NULL,
	posting uuid NOT NULL,
	PRIMARY KEY (creditor, id),
	CONSTRAINT invoice_number UNIQUE (creditor, number),
	CONSTRAINT invoice_sequence UNIQUE (creditor, year, sequence),
	FOREIGN KEY (creditor, customer) REFERENCES invoicing.customer
);
CREATE INDEX invoice_customer ON invoicing.invoice (creditor, customer);

CREATE TABLE invoicing.invoice_line (
	creditor text COLLATE "C" NOT NULL,
	invoice uuid NOT NULL,
	line smallint NOT NULL CHECK (line > 0),
	description text NOT NULL,
	quantity numeric(15, 6) NOT NULL,
	unit text,
	unit_price numeric(15, 6) NOT NULL,
	vat_rate numeric(9, 6) NOT NULL,
	net_minor bigint NOT NULL,
	PRIMARY KEY (creditor, invoice, line),
	FOREIGN KEY (creditor, invoice) REFERENCES invoicing.invoice
);

-- A credit note over the whole of an invoice: its cancellation. At most one an invoice.
CREATE TABLE invoicing.credit_note (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	number text NOT NULL,
	year smallint NOT NULL,
	sequence bigint NOT NULL,
	invoice uuid NOT NULL,
	issued_on date NOT NULL,
	gross_minor bigint NOT NULL CHECK (gross_minor > 0),
	released_minor bigint NOT NULL CHECK (released_minor BETWEEN 0 AND gross_minor),
	reason text NOT NULL,
	posting uuid NOT NULL,
	PRIMARY KEY (creditor, id),
	CONSTRAINT credit_note_number UNIQUE (creditor, number),
	CONSTRAINT credit_note_sequence UNIQUE (creditor, year, sequence),
	CONSTRAINT credit_note_invoice UNIQUE (creditor, invoice),
	FOREIGN KEY (creditor, invoice) REFERENCES invoicing.invoice
);

-- Why an open item is disputed; the mark itself is ledger.open_item.disputed.
CREATE TABLE invoicing.dispute (
	creditor text COLLATE "C" NOT NULL,
	item uuid NOT NULL,
	opened_at timestamptz NOT NULL,
	reason text NOT NULL,
	closed_at timestamptz,
	PRIMARY KEY (creditor, item, opened_at)
);

-- Imports of open items, staged in parts and committed whole.
CREATE TABLE invoicing.import (
	creditor text COLLATE "C" NOT NULL REFERENCES invoicing.creditor,
	id uuid NOT NULL,
	file_name text NOT NULL,
	file_sha256 text COLLATE "C" NOT NULL,
	state text COLLATE "C" NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'committed', 'refused', 'abandoned')),
	row_count bigint NOT NULL DEFAULT 0,
	imported bigint NOT NULL DEFAULT 0,
	unchanged bigint NOT NULL DEFAULT 0,
	bad bigint NOT NULL DEFAULT 0,
	begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (creditor, id)
);
CREATE UNIQUE INDEX import_open ON invoicing.import (creditor, file_sha256) WHERE state = 'open';

-- Unlogged: a crash of the database loses a half-sent file, which is sent again.
CREATE UNLOGGED TABLE invoicing.import_row (
	creditor text COLLATE "C" NOT NULL,         -- the import's
	import uuid NOT NULL,
	line integer NOT NULL CHECK (line > 0),
	row_creditor text COLLATE "C" NOT NULL,     -- whose item it is
	id uuid NOT NULL,                           -- of the open item to be
	customer uuid NOT NULL,                     -- of the customer; a fresh one until the commit finds the known
	opening uuid NOT NULL,                      -- posting of what was asked for
	settlement uuid NOT NULL,                   -- posting of what was paid before
	fingerprint uuid NOT NULL,                  -- of the invoice's values
	customer_number text NOT NULL,
	customer_name text NOT NULL,
	invoice_number text NOT NULL,
	issued_on date,
	due_on date,
	amount_minor bigint NOT NULL,
	currency text COLLATE "C" NOT NULL,
	email text,
	language text COLLATE "C",
	country text COLLATE "C",
	timezone text COLLATE "C",                  -- the country's
	iban text COLLATE "C",
	vat_id text COLLATE "C",
	phone text,
	paid_minor bigint NOT NULL,
	settled_on date,
	disputed boolean NOT NULL,
	order_reference text,
	creditor_ref text COLLATE "C",
	mandate text COLLATE "C",
	outcome text COLLATE "C" CHECK (outcome IN ('bad', 'unchanged', 'imported')), -- null: not judged yet
	bad_column text COLLATE "C",
	bad_reason text,
	PRIMARY KEY (creditor, import, line)
);

-- What an imported open item was imported as, so that the same row again changes nothing and another is refused.
CREATE TABLE invoicing.imported_item (
	creditor text COLLATE "C" NOT NULL,
	item uuid NOT NULL,
	import uuid NOT NULL,
	line integer NOT NULL,
	fingerprint uuid NOT NULL,                  -- the row's
	PRIMARY KEY (creditor, item)
);

-- After a large import: until the server looks at the tables by itself, a minute later, it takes a creditor it has not
-- seen for one without items, and matching against them would take minutes.
CREATE FUNCTION invoicing.refresh_statistics()
	RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	ANALYZE ledger.open_item;
	ANALYZE invoicing.customer;
END
$$;
REVOKE ALL ON FUNCTION invoicing.refresh_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION invoicing.refresh_statistics() TO relance_invoicing;

GRANT SELECT ON invoicing.creditor, invoicing.customer, invoicing.contact, invoicing.payment_terms, invoicing.invoice,
	invoicing.invoice_line, invoicing.credit_note, invoicing.dispute
	TO relance_payments, relance_credit, relance_notification, relance_feed;

GRANT SELECT, INSERT ON invoicing.creditor, invoicing.invoice, invoicing.invoice_line, invoicing.credit_note,
	invoicing.imported_item TO relance_invoicing;
GRANT SELECT, INSERT, UPDATE ON invoicing.customer, invoicing.payment_terms, invoicing.number_counter,
	invoicing.dispute, invoicing.import TO relance_invoicing;
GRANT SELECT, INSERT, UPDATE, DELETE ON invoicing.contact TO relance_invoicing;
GRANT SELECT, INSERT, UPDATE, DELETE ON invoicing.import_row TO relance_invoicing;

-- migrate:down
DROP FUNCTION invoicing.refresh_statistics;
DROP TABLE invoicing.imported_item, invoicing.import_row, invoicing.import, invoicing.dispute, invoicing.credit_note,
	invoicing.invoice_line, invoicing.invoice, invoicing.number_counter, invoicing.payment_terms, invoicing.contact,
	invoicing.customer, invoicing.creditor;
