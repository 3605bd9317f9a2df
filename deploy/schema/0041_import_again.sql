-- migrate:up
-- Imported items that the other system sends again with other values: what it said last, so that only news counts, and
-- what was changed on its word.

ALTER TABLE invoicing.import_row DROP CONSTRAINT import_row_outcome_check;
ALTER TABLE invoicing.import_row ADD CONSTRAINT import_row_outcome_check
	CHECK (outcome IN ('bad', 'unchanged', 'known'));  -- known: there, with other values; null: not judged yet, or new
ALTER TABLE invoicing.import ADD COLUMN updated bigint NOT NULL DEFAULT 0;

ALTER TABLE invoicing.imported_item
	ADD COLUMN told_paid_minor bigint NOT NULL DEFAULT 0,   -- what the other system last said was paid
	ADD COLUMN told_disputed boolean NOT NULL DEFAULT false,
	ADD COLUMN booked_minor bigint NOT NULL DEFAULT 0;      -- what was booked as paid on its word alone
UPDATE invoicing.imported_item m SET told_disputed = i.disputed FROM ledger.open_item i
 WHERE i.creditor = m.creditor AND i.id = m.item AND i.disputed;
UPDATE invoicing.imported_item m SET told_paid_minor = p.minor, booked_minor = p.minor
  FROM (SELECT e.creditor, e.subject, -sum(e.amount_minor) AS minor FROM ledger.posting p
          JOIN ledger.entry e ON e.creditor = p.creditor AND e.posting = p.id AND e.account = 'receivable'
         WHERE p.kind = 'opening_payment' GROUP BY e.creditor, e.subject) p
 WHERE p.creditor = m.creditor AND p.subject = m.item;

CREATE TABLE invoicing.item_change (
	creditor text COLLATE "C" NOT NULL,
	item uuid NOT NULL,
	import uuid NOT NULL,
	field text COLLATE "C" NOT NULL,            -- the column of the open items file
	was text,
	becomes text,
	changed_at timestamptz NOT NULL,            -- by the creditor's clock
	PRIMARY KEY (creditor, item, import, field)
);

-- Two that change the same items wait for each other here, in the order in which ledger.post locks.
CREATE FUNCTION ledger.lock_items(p_creditor text, p_ids uuid[])
	RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM 1 FROM (SELECT w.id, max(p_creditor) AS creditor FROM unnest(p_ids) AS w (id) GROUP BY w.id) w
	  JOIN ledger.open_item i ON i.creditor = w.creditor AND i.id = w.id ORDER BY i.id FOR UPDATE OF i;
END
$$;

-- Changes what is no money of items taken over. `items` is a JSON array of objects with open_item's column names; what
-- is null stays.
CREATE FUNCTION ledger.change_items(p_creditor text, items jsonb)
	RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ledger.open_item i
	   SET due_on = coalesce(c.due_on, i.due_on),
	       discount_until = CASE WHEN i.discount_until > c.due_on THEN c.due_on ELSE i.discount_until END,
	       creditor_ref = coalesce(c.creditor_ref, i.creditor_ref),
	       order_reference = coalesce(c.order_reference, i.order_reference),
	       mandate = coalesce(c.mandate, i.mandate), disputed = coalesce(c.disputed, i.disputed),
	       disputed_minor = CASE WHEN c.disputed IS NULL THEN i.disputed_minor ELSE 0 END
	  FROM (SELECT g.*, max(p_creditor) OVER () AS creditor FROM jsonb_to_recordset(items) AS g (id uuid, due_on date,
	       creditor_ref text, order_reference text, mandate text, disputed boolean)) c
	 WHERE i.creditor = c.creditor AND i.id = c.id
$$;
REVOKE ALL ON FUNCTION ledger.lock_items(text, uuid[]), ledger.change_items(text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.lock_items(text, uuid[]), ledger.change_items(text, jsonb) TO relance_invoicing;

GRANT UPDATE ON invoicing.imported_item TO relance_invoicing;
GRANT SELECT, INSERT ON invoicing.item_change TO relance_invoicing;
GRANT SELECT ON invoicing.item_change TO relance_payments, relance_credit, relance_notification, relance_feed;

-- migrate:down
DROP FUNCTION ledger.change_items, ledger.lock_items;
DROP TABLE invoicing.item_change;
ALTER TABLE invoicing.imported_item DROP COLUMN booked_minor, DROP COLUMN told_disputed, DROP COLUMN told_paid_minor;
ALTER TABLE invoicing.import DROP COLUMN updated;
UPDATE invoicing.import_row SET outcome = NULL WHERE outcome = 'known';
ALTER TABLE invoicing.import_row DROP CONSTRAINT import_row_outcome_check;
ALTER TABLE invoicing.import_row ADD CONSTRAINT import_row_outcome_check
	CHECK (outcome IN ('bad', 'unchanged', 'imported'));
