-- migrate:up
-- Half of what an import costs is still finding and filing keys in indexes.

-- What is only ever looked for by a whole key, one among hundreds of thousands, is found by its hash: nothing has to be compared
-- on the way (PostgreSQL 15, 72). Of a text, the creditor is part of what is hashed: number 1 is everybody's. Not for keys that
-- many rows share, as a large customer's items do: a hash index goes through all of them for each that is added.
DROP INDEX ledger.open_item_number_key, ledger.open_item_reference;
CREATE INDEX open_item_id ON ledger.open_item USING hash (id);
CREATE INDEX open_item_number_key ON ledger.open_item USING hash ((number_key || ' ' || creditor));
CREATE INDEX open_item_reference ON ledger.open_item USING hash ((creditor_ref || ' ' || creditor));
DROP INDEX invoicing.customer_iban;
CREATE INDEX customer_iban ON invoicing.customer USING hash ((iban || ' ' || creditor));

-- Allocations are found by their payment or their item, never alone: one index does what two did.
DROP INDEX payments.allocation_payment, payments.allocation_item;
ALTER TABLE payments.allocation DROP CONSTRAINT allocation_pkey, ADD PRIMARY KEY (payment, id, creditor);
CREATE INDEX allocation_item ON payments.allocation USING hash (item);

-- The entries of a statement lie side by side, and are seldom asked for together: a summary of each 32 pages is enough to find
-- them, and costs a third of an index of all (PostgreSQL 15, 71.1).
DROP INDEX payments.entry_statement;
CREATE INDEX entry_statement ON payments.entry USING brin (statement) WITH (pages_per_range = 32, autosummarize = on);

-- migrate:down
DROP INDEX payments.entry_statement;
CREATE INDEX entry_statement ON payments.entry (statement, creditor);
DROP INDEX payments.allocation_item;
ALTER TABLE payments.allocation DROP CONSTRAINT allocation_pkey, ADD PRIMARY KEY (creditor, id);
CREATE INDEX allocation_payment ON payments.allocation (payment, creditor);
CREATE INDEX allocation_item ON payments.allocation (item, creditor);
DROP INDEX invoicing.customer_iban;
CREATE INDEX customer_iban ON invoicing.customer (iban, creditor) WHERE iban IS NOT NULL;
DROP INDEX ledger.open_item_id, ledger.open_item_number_key, ledger.open_item_reference;
CREATE INDEX open_item_number_key ON ledger.open_item (number_key, creditor);
CREATE INDEX open_item_reference ON ledger.open_item (creditor_ref, creditor) WHERE creditor_ref IS NOT NULL;
