-- migrate:up
-- Allocations are found by their payment or their item, never alone: one index does what two did.

DROP INDEX payments.allocation_payment;
ALTER TABLE payments.allocation DROP CONSTRAINT allocation_pkey, ADD PRIMARY KEY (payment, id, creditor);

-- migrate:down
ALTER TABLE payments.allocation DROP CONSTRAINT allocation_pkey, ADD PRIMARY KEY (creditor, id);
CREATE INDEX allocation_payment ON payments.allocation (payment, creditor);
