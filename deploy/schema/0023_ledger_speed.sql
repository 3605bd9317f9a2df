-- migrate:up
-- The ledger at the speed of a bank statement. An open item is written three times in its life (added, posted, paid),
-- and each write went into all of its eight indexes, because two of them named open_minor: an import spent half its
-- time there. No index names a column that postings change any more, and each page leaves room for the next version of
-- its rows (heap-only tuples, PostgreSQL 15, 73.7), which takes an eighth of the time.

DROP INDEX ledger.open_item_due, ledger.open_item_issued;
CREATE INDEX open_item_due ON ledger.open_item (creditor, due_on);
CREATE INDEX open_item_issued ON ledger.open_item (creditor, issued_on);
ALTER TABLE ledger.open_item SET (fillfactor = 50);
ALTER TABLE ledger.balance SET (fillfactor = 50);

-- The two steps of ledger.post that change rows. They find each row by its key, in the order of the keys, whatever the
-- planner knows of the tables: a hash join reads a whole table a batch. Arrays are of equal length, sorted by subject.
CREATE FUNCTION ledger.move_items(p_creditor text, p_item uuid[], p_currency text[], p_amount bigint[], p_booked_on date[],
	p_after bigint[]) RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET plan_cache_mode = force_custom_plan AS $$
DECLARE
	moved bigint;
BEGIN
	UPDATE ledger.open_item i
	   SET open_minor = i.open_minor + d.amount, settled_on = CASE WHEN i.open_minor + d.amount = 0 THEN d.booked_on END
	  FROM unnest(array_fill(p_creditor, ARRAY[cardinality(p_item)]), p_item, p_currency, p_amount, p_booked_on, p_after)
	       AS d (creditor, item, currency, amount, booked_on, after)
	 WHERE i.creditor = d.creditor AND i.id = d.item AND i.currency = d.currency
	   AND (d.after IS NULL OR i.open_minor + d.amount = d.after);
	GET DIAGNOSTICS moved = ROW_COUNT;
	RETURN moved;
END
$$;

CREATE FUNCTION ledger.take_cash(p_creditor text, p_account ledger.account[], p_subject uuid[], p_currency text[],
	p_amount bigint[]) RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET plan_cache_mode = force_custom_plan AS $$
DECLARE
	taken bigint;
BEGIN
	UPDATE ledger.balance b SET amount_minor = b.amount_minor + t.amount
	  FROM unnest(array_fill(p_creditor, ARRAY[cardinality(p_subject)]), p_account, p_subject, p_currency, p_amount)
	       AS t (creditor, account, subject, currency, amount)
	 WHERE b.creditor = t.creditor AND b.account = t.account AND b.subject = t.subject AND b.currency = t.currency;
	GET DIAGNOSTICS taken = ROW_COUNT;
	RETURN taken;
END
$$;

-- Books any number of postings, as ledger.post of 0002 does. x_item and x_after, of equal length, name items of the batch
-- with what must be open on each afterwards: where it is not, somebody else has come in between, and the batch is refused.
-- Refuses besides: RL005 ledger.moved.
CREATE FUNCTION ledger.post(p_creditor text, p_id uuid[], p_kind text[], p_booked_on date[], p_source uuid[],
	p_reverses uuid[], e_posting uuid[], e_account text[], e_subject uuid[], e_currency text[], e_amount bigint[],
	x_item uuid[], x_after bigint[])
	RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	items uuid[];
	accounts ledger.account[];
	subjects uuid[];
	currencies text[];
	amounts bigint[];
	days date[];
	afters bigint[];
	moved bigint;
BEGIN
	INSERT INTO ledger.posting (creditor, id, kind, booked_on, source, reverses)
	SELECT p_creditor, p.id, p.kind, p.booked_on, p.source, p.reverses
	  FROM unnest(p_id, p_kind, p_booked_on, p_source, p_reverses) AS p (id, kind, booked_on, source, reverses);

	INSERT INTO ledger.entry (creditor, posting, line, account, subject, currency, amount_minor)
	SELECT p_creditor, e.posting, row_number() OVER (PARTITION BY e.posting ORDER BY e.n), e.account::ledger.account,
	       e.subject, e.currency, e.amount
	  FROM unnest(e_posting, e_account, e_subject, e_currency, e_amount) WITH ORDINALITY
	       AS e (posting, account, subject, currency, amount, n);

	-- Receivables: one update an invoice, in key order, so that two that post wait for each other but do not deadlock.
	SELECT array_agg(d.subject), array_agg(d.currency), array_agg(d.amount), array_agg(d.booked_on), array_agg(d.after)
	  INTO items, currencies, amounts, days, afters
	  FROM (SELECT e.subject, e.currency, sum(e.amount)::bigint AS amount, max(p.booked_on) AS booked_on, max(x.after) AS after
	          FROM unnest(e_posting, e_account, e_subject, e_currency, e_amount)
	               AS e (posting, account, subject, currency, amount)
	          JOIN unnest(p_id, p_booked_on) AS p (id, booked_on) ON p.id = e.posting
	          LEFT JOIN unnest(x_item, x_after) AS x (item, after) ON x.item = e.subject
	         WHERE e.account = 'receivable' GROUP BY e.subject, e.currency ORDER BY e.subject) d;
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

	INSERT INTO ledger.balance AS b (creditor, account, subject, currency, amount_minor)
	SELECT p_creditor, e.account::ledger.account, e.subject, e.currency, sum(e.amount)
	  FROM unnest(e_account, e_subject, e_currency, e_amount) AS e (account, subject, currency, amount)
	 WHERE e.account IN ('unapplied_cash', 'unidentified_cash')
	 GROUP BY e.account, e.subject, e.currency HAVING sum(e.amount) < 0
	 ORDER BY e.account, e.subject, e.currency
	ON CONFLICT (creditor, account, subject, currency) DO UPDATE SET amount_minor = b.amount_minor + excluded.amount_minor;

	-- Cash taken out again: the row must be there, and may not go above zero.
	SELECT array_agg(t.account), array_agg(t.subject), array_agg(t.currency), array_agg(t.amount)
	  INTO accounts, subjects, currencies, amounts
	  FROM (SELECT e.account::ledger.account AS account, e.subject, e.currency, sum(e.amount)::bigint AS amount
	          FROM unnest(e_account, e_subject, e_currency, e_amount) AS e (account, subject, currency, amount)
	         WHERE e.account IN ('unapplied_cash', 'unidentified_cash')
	         GROUP BY 1, 2, 3 HAVING sum(e.amount) > 0 ORDER BY 1, 2, 3) t;
	IF subjects IS NOT NULL AND ledger.take_cash(p_creditor, accounts, subjects, currencies, amounts) <> cardinality(subjects)
	THEN
		RAISE EXCEPTION 'ledger.overdrawn' USING ERRCODE = 'RL004', DETAIL = 'there is no such cash to apply';
	END IF;
END
$$;

ALTER FUNCTION ledger.post(text, uuid[], text[], date[], uuid[], uuid[], uuid[], text[], uuid[], text[], bigint[])
	RENAME TO post_of_0002; -- for the way back only
CREATE FUNCTION ledger.post(p_creditor text, p_id uuid[], p_kind text[], p_booked_on date[], p_source uuid[],
	p_reverses uuid[], e_posting uuid[], e_account text[], e_subject uuid[], e_currency text[], e_amount bigint[])
	RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT ledger.post(p_creditor, p_id, p_kind, p_booked_on, p_source, p_reverses, e_posting, e_account, e_subject,
		e_currency, e_amount, '{}', '{}')
$$;

REVOKE ALL ON FUNCTION ledger.post_of_0002 FROM relance_invoicing, relance_payments;
REVOKE ALL ON FUNCTION ledger.move_items(text, uuid[], text[], bigint[], date[], bigint[]),
	ledger.take_cash(text, ledger.account[], uuid[], text[], bigint[]),
	ledger.post(text, uuid[], text[], date[], uuid[], uuid[], uuid[], text[], uuid[], text[], bigint[]),
	ledger.post(text, uuid[], text[], date[], uuid[], uuid[], uuid[], text[], uuid[], text[], bigint[], uuid[], bigint[])
	FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
	ledger.post(text, uuid[], text[], date[], uuid[], uuid[], uuid[], text[], uuid[], text[], bigint[]),
	ledger.post(text, uuid[], text[], date[], uuid[], uuid[], uuid[], text[], uuid[], text[], bigint[], uuid[], bigint[])
	TO relance_invoicing, relance_payments;

-- migrate:down
DROP FUNCTION ledger.post(text, uuid[], text[], date[], uuid[], uuid[], uuid[], text[], uuid[], text[], bigint[]);
DROP FUNCTION ledger.post(text, uuid[], text[], date[], uuid[], uuid[], uuid[], text[], uuid[], text[], bigint[], uuid[], bigint[]);
DROP FUNCTION ledger.take_cash, ledger.move_items;
ALTER FUNCTION ledger.post_of_0002 RENAME TO post;
GRANT EXECUTE ON FUNCTION ledger.post TO relance_invoicing, relance_payments;
ALTER TABLE ledger.balance RESET (fillfactor);
ALTER TABLE ledger.open_item RESET (fillfactor);
DROP INDEX ledger.open_item_due, ledger.open_item_issued;
CREATE INDEX open_item_due ON ledger.open_item (creditor, due_on) WHERE open_minor > 0;
CREATE INDEX open_item_issued ON ledger.open_item (creditor, issued_on) WHERE open_minor > 0;
