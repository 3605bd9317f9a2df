-- migrate:up
-- What the creditor itself calls a customer: "key-account", "retail". Dunning policies choose by it beside
-- customer.segment, which says what the law sees in the customer (business, consumer, public). Null: none.

ALTER TABLE invoicing.customer ADD COLUMN segment_code text COLLATE "C"
	CHECK (segment_code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$' AND
		lower(segment_code) NOT IN ('business', 'consumer', 'public'));
ALTER TABLE invoicing.import_row ADD COLUMN segment_code text COLLATE "C";

-- migrate:down
ALTER TABLE invoicing.import_row DROP COLUMN segment_code;
ALTER TABLE invoicing.customer DROP COLUMN segment_code;
