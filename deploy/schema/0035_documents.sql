-- migrate:up
-- Invoices and credit notes as PDF: made once after they are issued, kept, and sent as the same bytes ever after.

-- What stands on a creditor's documents beside what it is.
CREATE TABLE invoicing.stationery (
	creditor text COLLATE "C" PRIMARY KEY REFERENCES invoicing.creditor,
	registration text,                          -- "SAS au capital de 10 000 €, RCS Lyon 303 265 045"
	payment_link text                           -- of the payment provider, with {number} … in it
);

-- The law of most countries asks for the day of the supply, and for the reason where no VAT is charged.
ALTER TABLE invoicing.invoice ADD COLUMN supplied_on date, ADD COLUMN note text;
COMMENT ON COLUMN invoicing.invoice.supplied_on IS 'null: the date of issue';

-- The document of an invoice or credit note issued here; pdf is null until it is made.
CREATE TABLE invoicing.document (
	creditor text COLLATE "C" NOT NULL REFERENCES invoicing.creditor,
	id uuid NOT NULL,                           -- the invoice's or the credit note's
	number text NOT NULL,
	invoice text NOT NULL,                      -- number of the invoice; the same, or the one that is credited
	pdf bytea,
	sha256 text COLLATE "C",
	pages integer,
	made_at timestamptz,
	problem text COLLATE "C",                   -- why it cannot be made: "document.missing_glyphs"
	PRIMARY KEY (creditor, id),
	CONSTRAINT document_number UNIQUE (creditor, number),
	CHECK ((pdf IS NULL) = (sha256 IS NULL) AND (pdf IS NULL) = (pages IS NULL) AND (pdf IS NULL) = (made_at IS NULL))
);
ALTER TABLE invoicing.document ALTER COLUMN pdf SET STORAGE EXTERNAL; -- is compressed already
CREATE INDEX document_wanted ON invoicing.document (id) WHERE pdf IS NULL AND problem IS NULL;

INSERT INTO invoicing.document (creditor, id, number, invoice) SELECT creditor, id, number, number FROM invoicing.invoice;
INSERT INTO invoicing.document (creditor, id, number, invoice)
	SELECT n.creditor, n.id, n.number, v.number FROM invoicing.credit_note n
	JOIN invoicing.invoice v ON v.creditor = n.creditor AND v.id = n.invoice;

GRANT SELECT, INSERT, UPDATE ON invoicing.stationery, invoicing.document TO relance_invoicing;
GRANT SELECT ON invoicing.stationery, invoicing.document TO relance_notification, relance_feed;

-- migrate:down
DROP TABLE invoicing.document, invoicing.stationery;
ALTER TABLE invoicing.invoice DROP COLUMN note, DROP COLUMN supplied_on;
