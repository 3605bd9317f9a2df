-- migrate:up
-- Nine postings of ten move one amount from one account to another: such a posting is one row now, balanced because it cannot be
-- otherwise, where it was three in two tables. What has more entries has them in ledger.compound_entry; ledger.entry is the view
-- of all. Postings of two entries that were booked before stay as they are.

ALTER TABLE ledger.posting
	ADD COLUMN debit ledger.account,           -- of a simple posting: the account that the amount goes to …
	ADD COLUMN debit_subject uuid,
	ADD COLUMN credit ledger.account,          -- … and the one that it comes from
	ADD COLUMN credit_subject uuid,
	ADD COLUMN currency char(3) COLLATE "C",
	ADD COLUMN amount_minor bigint,
	ADD CONSTRAINT posting_simple CHECK (num_nulls(debit, credit, currency, amount_minor) IN (0, 4)),
	ADD CONSTRAINT posting_amount_minor_check CHECK (amount_minor > 0 AND amount_minor <= 1000000000000),
	ADD CONSTRAINT posting_currency_check CHECK (currency ~ '^[A-Z]{3}$');
CREATE INDEX posting_debit ON ledger.posting (debit_subject, creditor) WHERE debit <> 'bank' AND debit_subject IS NOT NULL;
CREATE INDEX posting_credit ON ledger.posting (credit_subject, creditor) WHERE credit <> 'bank' AND credit_subject IS NOT NULL;

ALTER TABLE ledger.entry RENAME TO compound_entry;
CREATE VIEW ledger.entry AS
	SELECT creditor, posting, line, account, subject, currency, amount_minor FROM ledger.compound_entry
	UNION ALL
	SELECT creditor, id, 1::smallint, debit, debit_subject, currency, amount_minor FROM ledger.posting WHERE debit IS NOT NULL
	UNION ALL
	SELECT creditor, id, 2::smallint, credit, credit_subject, currency, -amount_minor FROM ledger.posting WHERE credit IS NOT NULL;
GRANT SELECT ON ledger.entry TO relance_invoicing, relance_payments, relance_credit, relance_notification, relance_feed;

CREATE TYPE ledger.new_simple_posting AS (
	id uuid, kind text, booked_on date, source uuid, reverses uuid,
	debit text, debit_subject uuid, credit text, credit_subject uuid, currency text, amount_minor bigint,
	debit_open_after bigint,  -- of a receivable: what must be open on its item once the whole batch is booked; null: whatever is
	credit_open_after bigint
);

-- Books any number of postings, each whole: the simple ones, and those with entries. Moves open_item.open_minor and
-- ledger.balance with them, rows in the order of their keys, so that two that post wait for each other but do not deadlock.
-- Refuses: RL001 ledger.unbalanced; check open_item_over_allocated (more than is open), balance_overdrawn (more cash than there
-- is); RL003 ledger.unknown_item; RL004 ledger.overdrawn; RL005 ledger.moved (open_after).
CREATE FUNCTION ledger.post(p_creditor text, p_simple ledger.new_simple_posting[], p_postings ledger.new_posting[],
	p_entries ledger.new_entry[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	items uuid[];
	accounts ledger.account[];
	subjects uuid[];
	currencies text[];
	cash_currencies text[];
	amounts bigint[];
	cash_amounts bigint[];
	days date[];
	afters bigint[];
	moved bigint;
BEGIN
	INSERT INTO ledger.posting (creditor, id, kind, booked_on, source, reverses, debit, debit_subject, credit, credit_subject,
		currency, amount_minor)
	SELECT p_creditor, p.id, p.kind, p.booked_on, p.source, p.reverses, p.debit::ledger.account, p.debit_subject,
	       p.credit::ledger.account, p.credit_subject, p.currency, p.amount_minor
	  FROM unnest(p_simple) AS p;
	IF cardinality(p_postings) > 0 THEN
		INSERT INTO ledger.posting (creditor, id, kind, booked_on, source, reverses)
		SELECT p_creditor, p.id, p.kind, p.booked_on, p.source, p.reverses FROM unnest(p_postings) AS p;
		INSERT INTO ledger.compound_entry (creditor, posting, line, account, subject, currency, amount_minor)
		SELECT p_creditor, e.posting, e.line, e.account::ledger.account, e.subject, e.currency, e.amount_minor
		  FROM unnest(p_entries) AS e;
	END IF;

	-- What moves: items by what is receivable, cash by its owner.
	SELECT array_agg(m.subject) FILTER (WHERE m.account = 'receivable'),
	       array_agg(m.currency) FILTER (WHERE m.account = 'receivable'),
	       array_agg(m.amount) FILTER (WHERE m.account = 'receivable'),
	       array_agg(m.booked_on) FILTER (WHERE m.account = 'receivable'),
	       array_agg(m.after) FILTER (WHERE m.account = 'receivable'),
	       array_agg(m.account::ledger.account) FILTER (WHERE m.account <> 'receivable' AND m.amount <> 0),
	       array_agg(m.subject) FILTER (WHERE m.account <> 'receivable' AND m.amount <> 0),
	       array_agg(m.currency) FILTER (WHERE m.account <> 'receivable' AND m.amount <> 0),
	       array_agg(m.amount) FILTER (WHERE m.account <> 'receivable' AND m.amount <> 0)
	  INTO items, currencies, amounts, days, afters, accounts, subjects, cash_currencies, cash_amounts
	  FROM (SELECT l.account, l.subject, l.currency, sum(l.amount)::bigint AS amount, max(l.booked_on) AS booked_on,
	               max(l.after) AS after
	          FROM (SELECT p.debit AS account, p.debit_subject AS subject, p.currency, p.amount_minor AS amount, p.booked_on,
	                       p.debit_open_after AS after
	                  FROM unnest(p_simple) AS p WHERE p.debit IN ('receivable', 'unapplied_cash', 'unidentified_cash')
	                UNION ALL
	                SELECT p.credit, p.credit_subject, p.currency, -p.amount_minor, p.booked_on, p.credit_open_after
	                  FROM unnest(p_simple) AS p WHERE p.credit IN ('receivable', 'unapplied_cash', 'unidentified_cash')
	                UNION ALL
	                SELECT e.account, e.subject, e.currency, e.amount_minor, e.booked_on, e.open_after
	                  FROM unnest(p_entries) AS e WHERE e.account IN ('receivable', 'unapplied_cash', 'unidentified_cash')) l
	         GROUP BY l.subject, l.account, l.currency ORDER BY l.subject, l.account, l.currency) m;
	IF items IS NOT NULL THEN
		moved := ledger.move_items(p_creditor, items, currencies, amounts, days, afters);
		IF moved <> cardinality(items) AND EXISTS (
			SELECT FROM unnest(items, currencies) AS d (item, currency)
			 WHERE NOT EXISTS (SELECT FROM ledger.open_item i
			                    WHERE i.creditor = p_creditor AND i.id = d.item AND i.currency = d.currency)) THEN
			RAISE EXCEPTION 'ledger.unknown_item' USING ERRCODE = 'RL003',
				DETAIL = 'a receivable entry names an invoice that is not there, or in another currency';
		ELSIF moved <> cardinality(items) THEN
			RAISE EXCEPTION 'ledger.moved' USING ERRCODE = 'RL005',
				DETAIL = 'somebody else has posted on one of the invoices since they were read';
		END IF;
	END IF;

	-- Cash that comes, then cash taken out again: the row must be there, and may not go above zero.
	IF subjects IS NULL THEN
		RETURN;
	END IF;
	INSERT INTO ledger.balance AS b (creditor, account, subject, currency, amount_minor)
	SELECT p_creditor, c.account, c.subject, c.currency, c.amount
	  FROM unnest(accounts, subjects, cash_currencies, cash_amounts) AS c (account, subject, currency, amount) WHERE c.amount < 0
	ON CONFLICT (creditor, account, subject, currency) DO UPDATE SET amount_minor = b.amount_minor + excluded.amount_minor;

	SELECT array_agg(c.account), array_agg(c.subject), array_agg(c.currency), array_agg(c.amount)
	  INTO accounts, subjects, cash_currencies, cash_amounts
	  FROM unnest(accounts, subjects, cash_currencies, cash_amounts) AS c (account, subject, currency, amount) WHERE c.amount > 0;
	IF subjects IS NOT NULL AND ledger.take_cash(p_creditor, accounts, subjects, cash_currencies, cash_amounts)
		<> cardinality(subjects) THEN
		RAISE EXCEPTION 'ledger.overdrawn' USING ERRCODE = 'RL004', DETAIL = 'there is no such cash to apply';
	END IF;
END
$$;

-- One plan serves all batches: to plan each takes as long as thirty rows.
ALTER FUNCTION ledger.move_items(text, uuid[], text[], bigint[], date[], bigint[]) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION ledger.take_cash(text, ledger.account[], uuid[], text[], bigint[]) SET plan_cache_mode = force_generic_plan;

-- The form of 0061, where every posting has its entries.
ALTER FUNCTION ledger.post(text, ledger.new_posting[], ledger.new_entry[]) RENAME TO post_of_0061; -- for the way back only
CREATE FUNCTION ledger.post(p_creditor text, p_postings ledger.new_posting[], p_entries ledger.new_entry[])
	RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT ledger.post(p_creditor, '{}', p_postings, p_entries)
$$;
REVOKE ALL ON FUNCTION ledger.post_of_0061 FROM relance_invoicing, relance_payments;
REVOKE ALL ON FUNCTION ledger.post(text, ledger.new_posting[], ledger.new_entry[]),
	ledger.post(text, ledger.new_simple_posting[], ledger.new_posting[], ledger.new_entry[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.post(text, ledger.new_posting[], ledger.new_entry[]),
	ledger.post(text, ledger.new_simple_posting[], ledger.new_posting[], ledger.new_entry[]) TO relance_invoicing, relance_payments;

-- migrate:down
ALTER FUNCTION ledger.move_items(text, uuid[], text[], bigint[], date[], bigint[]) SET plan_cache_mode = force_custom_plan;
ALTER FUNCTION ledger.take_cash(text, ledger.account[], uuid[], text[], bigint[]) SET plan_cache_mode = force_custom_plan;
DROP FUNCTION ledger.post(text, ledger.new_simple_posting[], ledger.new_posting[], ledger.new_entry[]);
DROP FUNCTION ledger.post(text, ledger.new_posting[], ledger.new_entry[]);
ALTER FUNCTION ledger.post_of_0061 RENAME TO post;
GRANT EXECUTE ON FUNCTION ledger.post(text, ledger.new_posting[], ledger.new_entry[]) TO relance_invoicing, relance_payments;
DROP TYPE ledger.new_simple_posting;
DROP VIEW ledger.entry;
ALTER TABLE ledger.compound_entry RENAME TO entry;
INSERT INTO ledger.entry (creditor, posting, line, account, subject, currency, amount_minor)
SELECT p.creditor, p.id, e.line, e.account, e.subject, p.currency, e.amount_minor
  FROM ledger.posting p CROSS JOIN LATERAL (VALUES
       (1::smallint, p.debit, p.debit_subject, p.amount_minor), (2::smallint, p.credit, p.credit_subject, -p.amount_minor))
       AS e (line, account, subject, amount_minor)
 WHERE p.debit IS NOT NULL;
DROP INDEX ledger.posting_debit, ledger.posting_credit;
ALTER TABLE ledger.posting DROP COLUMN debit, DROP COLUMN debit_subject, DROP COLUMN credit, DROP COLUMN credit_subject,
	DROP COLUMN currency, DROP COLUMN amount_minor;
