-- migrate:up
-- An item that another system calls paid, while the bank statements here do not reach so far: since when it waits for
-- them. Null: it waits for none.
ALTER TABLE invoicing.imported_item ADD COLUMN waiting_since date;

-- migrate:down
ALTER TABLE invoicing.imported_item DROP COLUMN waiting_since;
