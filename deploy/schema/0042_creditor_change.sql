-- migrate:up
-- A creditor moves, changes its bank or its sender: all but its code may change.
GRANT UPDATE ON invoicing.creditor TO relance_invoicing;

-- migrate:down
REVOKE UPDATE ON invoicing.creditor FROM relance_invoicing;
