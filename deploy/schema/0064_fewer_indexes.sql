-- migrate:up
-- Allocations are found by their payment or their item, never alone: one index does what two did.
DROP INDEX payments.allocation_payment;
ALTER TABLE payments.allocation DROP CONSTRAINT allocation_pkey, ADD PRIMARY KEY (payment, id, creditor);

-- The entries of a statement lie side by side, and are seldom asked for together: a summary of each 32 pages is enough to find
-- them, and costs a third of an index of all (PostgreSQL 15, 71.1).
DROP INDEX payments.entry_statement;
CREATE INDEX entry_statement ON payments.entry USING brin (statement) WITH (pages_per_range = 32, autosummarize = on);

-- migrate:down
DROP INDEX payments.entry_statement;
CREATE INDEX entry_statement ON payments.entry (statement, creditor);
ALTER TABLE payments.allocation DROP CONSTRAINT allocation_pkey, ADD PRIMARY KEY (creditor, id);
CREATE INDEX allocation_payment ON payments.allocation (payment, creditor);
