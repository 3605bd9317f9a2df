-- migrate:up
-- What goes into the ledger comes as arrays of records: one array a column has the server read each of them on its own,
-- and costs three times as much.

CREATE TYPE ledger.new_posting AS (id uuid, kind text, booked_on date, source uuid, reverses uuid);
CREATE TYPE ledger.new_entry AS (
	posting uuid,
	line smallint,       -- place in its posting, from 1
	booked_on date,      -- of its posting
	account text,
	subject uuid,
	currency text,
	amount_minor bigint,
	open_after bigint    -- of a receivable: what must be open on its item once the whole batch is booked; null: whatever is
);

-- Nobody looks for entries by a bank account, which is the subject of one entry of each payment.
DROP INDEX ledger.entry_subject;
CREATE INDEX entry_subject ON ledger.entry (creditor, subject) WHERE account <> 'bank' AND subject IS NOT NULL;

-- Books any number of postings, each whole. Moves open_item.open_minor and ledger.balance with the entries, rows in the order
-- of their keys, so that two that post wait for each other but do not deadlock.
-- Refuses: RL001 ledger.unbalanced; check open_item_over_allocated (more than is open), balance_overdrawn (more cash than there
-- is); RL003 ledger.unknown_item; RL004 ledger.overdrawn; RL005 ledger.moved (open_after).
CREATE FUNCTION ledger.post(p_creditor text, p_postings ledger.new_posting[], p_entries ledger.new_entry[])
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
	SELECT p_creditor, p.id, p.kind, p.booked_on, p.source, p.reverses FROM unnest(p_postings) AS p;

	INSERT INTO ledger.entry (creditor, posting, line, account, subject, currency, amount_minor)
	SELECT p_creditor, e.posting, e.line, e.account::ledger.account, e.subject, e.currency, e.amount_minor
	  FROM unnest(p_entries) AS e;

	SELECT array_agg(d.subject), array_agg(d.currency), array_agg(d.amount), array_agg(d.booked_on), array_agg(d.after)
	  INTO items, currencies, amounts, days, afters
	  FROM (SELECT e.subject, e.currency, sum(e.amount_minor)::bigint AS amount, max(e.booked_on) AS booked_on,
	               max(e.open_after) AS after
	          FROM unnest(p_entries) AS e WHERE e.account = 'receivable'
	         GROUP BY e.subject, e.currency ORDER BY e.subject) d;
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
	SELECT array_agg(t.account), array_agg(t.subject), array_agg(t.currency), array_agg(t.amount)
	  INTO accounts, subjects, currencies, amounts
	  FROM (SELECT e.account::ledger.account AS account, e.subject, e.currency, sum(e.amount_minor)::bigint AS amount
	          FROM unnest(p_entries) AS e WHERE e.account IN ('unapplied_cash', 'unidentified_cash')
	         GROUP BY 1, 2, 3 HAVING sum(e.amount_minor) <> 0 ORDER BY 1, 2, 3) t;
	IF subjects IS NULL THEN
		RETURN;
	END IF;
	INSERT INTO ledger.balance AS b (creditor, account, subject, currency, amount_minor)
	SELECT p_creditor, c.account, c.subject, c.currency, c.amount
	  FROM unnest(accounts, subjects, currencies, amounts) AS c (account, subject, currency, amount) WHERE c.amount < 0
	ON CONFLICT (creditor, account, subject, currency) DO UPDATE SET amount_minor = b.amount_minor + excluded.amount_minor;

	SELECT array_agg(c.account), array_agg(c.subject), array_agg(c.currency), array_agg(c.amount)
	  INTO accounts, subjects, currencies, amounts
	  FROM unnest(accounts, subjects, currencies, amounts) AS c (account, subject, currency, amount) WHERE c.amount > 0;
	IF subjects IS NOT NULL AND ledger.take_cash(p_creditor, accounts, subjects, currencies, amounts) <> cardinality(subjects)
	THEN
		RAISE EXCEPTION 'ledger.overdrawn' USING ERRCODE = 'RL004', DETAIL = 'there is no such cash to apply';
	END IF;
END
$$;

-- The older form, one array a column, for what is written by hand.
CREATE OR REPLACE FUNCTION ledger.post(p_creditor text, p_id uuid[], p_kind text[], p_booked_on date[], p_source uuid[],
	p_reverses uuid[], e_posting uuid[], e_account text[], e_subject uuid[], e_currency text[], e_amount bigint[])
	RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT ledger.post(p_creditor,
		(SELECT coalesce(array_agg(ROW(p.id, p.kind, p.booked_on, p.source, p.reverses)::ledger.new_posting ORDER BY p.n), '{}')
		   FROM unnest(p_id, p_kind, p_booked_on, p_source, p_reverses) WITH ORDINALITY AS p (id, kind, booked_on, source, reverses, n)),
		(SELECT coalesce(array_agg(ROW(e.posting, e.line, e.booked_on, e.account, e.subject, e.currency, e.amount, NULL)
		                           ::ledger.new_entry ORDER BY e.n), '{}')
		   FROM (SELECT e.*, row_number() OVER (PARTITION BY e.posting ORDER BY e.n)::smallint AS line,
		                p_booked_on[array_position(p_id, e.posting)] AS booked_on
		           FROM unnest(e_posting, e_account, e_subject, e_currency, e_amount) WITH ORDINALITY
		                AS e (posting, account, subject, currency, amount, n)) e))
$$;

CREATE TYPE payments.new_entry AS (
	id uuid, statement uuid, number bigint, line bigint, booked_on date, value_on date, currency text, amount_minor bigint,
	bank_ref text, bank_key text, occurrence integer
);
CREATE TYPE payments.new_payment AS (
	id uuid, entry uuid, detail integer, entry_ref text, booked_on date, value_on date, currency text, amount_minor bigint,
	remittance text, creditor_ref text, end_to_end_id text, mandate text, payer_name text, payer_iban text,
	transaction_code text, return_reason text, state text, rule text, evidence text, customer uuid, customer_number text,
	rest_minor bigint, rounding_minor bigint, original uuid
);
CREATE TYPE payments.new_allocation AS (
	id uuid, payment uuid, item uuid, invoice_number text, customer_number text, currency text, amount_minor bigint,
	cash_minor bigint, discount_minor bigint, relief text, alternative smallint, state text, rule text, confidence smallint,
	evidence text, posting uuid
);
CREATE TYPE feed.new_event AS (id uuid, creditor text, type text, subject text, at timestamptz, payload_type text, payload bytea,
	trace_parent text);

-- The bank has taken payments back. Refuses, as nothing that is asked could: RL006 payment.returned, where somebody else was
-- faster with one of them.
CREATE FUNCTION payments.take_back(p_creditor text, p_payments uuid[]) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	taken bigint;
BEGIN
	UPDATE payments.payment SET state = 'returned', rest_minor = 0
	 WHERE creditor = p_creditor AND id = ANY (p_payments) AND state <> 'returned';
	GET DIAGNOSTICS taken = ROW_COUNT;
	IF taken <> cardinality(p_payments) THEN
		RAISE EXCEPTION 'payment.returned' USING ERRCODE = 'RL006',
			DETAIL = 'another import has taken a payment back meanwhile';
	END IF;
END
$$;

REVOKE ALL ON FUNCTION ledger.post(text, ledger.new_posting[], ledger.new_entry[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.post(text, ledger.new_posting[], ledger.new_entry[]) TO relance_invoicing, relance_payments;
-- The body of 0023, for the way back only.
REVOKE ALL ON FUNCTION
	ledger.post(text, uuid[], text[], date[], uuid[], uuid[], uuid[], text[], uuid[], text[], bigint[], uuid[], bigint[])
	FROM relance_invoicing, relance_payments;

-- migrate:down
GRANT EXECUTE ON FUNCTION
	ledger.post(text, uuid[], text[], date[], uuid[], uuid[], uuid[], text[], uuid[], text[], bigint[], uuid[], bigint[])
	TO relance_invoicing, relance_payments;
DROP FUNCTION payments.take_back;
DROP TYPE feed.new_event, payments.new_allocation, payments.new_payment, payments.new_entry;
CREATE OR REPLACE FUNCTION ledger.post(p_creditor text, p_id uuid[], p_kind text[], p_booked_on date[], p_source uuid[],
	p_reverses uuid[], e_posting uuid[], e_account text[], e_subject uuid[], e_currency text[], e_amount bigint[])
	RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT ledger.post(p_creditor, p_id, p_kind, p_booked_on, p_source, p_reverses, e_posting, e_account, e_subject,
		e_currency, e_amount, '{}', '{}')
$$;
DROP FUNCTION ledger.post(text, ledger.new_posting[], ledger.new_entry[]);
DROP TYPE ledger.new_entry, ledger.new_posting;
DROP INDEX ledger.entry_subject;
CREATE INDEX entry_subject ON ledger.entry (creditor, subject) WHERE subject IS NOT NULL;
