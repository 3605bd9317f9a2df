-- migrate:up
-- The ledger: append-only double entry, and the open items in which the services meet. Nobody writes a table here:
-- invoicing and payments call the functions below inside their own transactions.
--
-- Signs: debit positive, credit negative. A receivable is positive, unapplied and unidentified cash (what we owe
-- until it is applied) are negative. Amounts are minor units (cents) of the ISO 4217 currency beside them.

CREATE TYPE ledger.account AS ENUM (
	'receivable',        -- subject: the invoice; its balance is the invoice's open amount
	'unapplied_cash',    -- subject: the customer whose money it is
	'unidentified_cash', -- subject: the bank entry that nobody has recognised
	'bank',              -- subject: the bank account, or null
	'opening',           -- counterpart of items taken over from another system
	'revenue', 'vat', 'interest_and_fees', 'discount', 'bank_charges', 'rounding', 'write_off', 'in_kind', 'bad_debt',
	'clearing'           -- statement entries that are no customer's business (fees, wages, own transfers)
);

-- Creditors on a test clock (RELANCE_TEST_CLOCK=1): their time stands still until it is moved.
CREATE TABLE ledger.test_clock (
	creditor text COLLATE "C" PRIMARY KEY,
	at timestamptz NOT NULL
);

CREATE TABLE ledger.posting (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	kind text COLLATE "C" NOT NULL,   -- 'invoice', 'credit_note', 'opening', 'payment', 'allocation', 'return', 'reversal' …
	booked_on date NOT NULL,          -- the value date of cash, the document date of charges
	source uuid,                      -- the document, bank entry or allocation that it books
	reverses uuid,                    -- the posting that it takes back
	recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (creditor, id)
);

CREATE TABLE ledger.entry (
	creditor text COLLATE "C" NOT NULL,
	posting uuid NOT NULL,
	line smallint NOT NULL,
	account ledger.account NOT NULL,
	subject uuid,
	currency char(3) COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
	amount_minor bigint NOT NULL CHECK (amount_minor <> 0 AND abs(amount_minor) <= 1000000000000),
	PRIMARY KEY (creditor, posting, line)
);
CREATE INDEX entry_subject ON ledger.entry (creditor, subject) WHERE subject IS NOT NULL;

-- One row an invoice (or fee document) that is or was owed: what matching, dunning and scoring look at. Its
-- open_minor is its receivable balance, kept by ledger.post and proved by ledger.check_books.
CREATE TABLE ledger.open_item (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	number text NOT NULL CHECK (number <> ''),
	number_key text COLLATE "C" NOT NULL,  -- letters and digits of the number, upper case
	kind text COLLATE "C" NOT NULL DEFAULT 'invoice', -- 'invoice', 'fee', 'interest'
	customer uuid NOT NULL,
	customer_number text NOT NULL,
	currency char(3) COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
	issued_on date NOT NULL,
	due_on date NOT NULL,
	amount_minor bigint NOT NULL CHECK (amount_minor > 0),
	open_minor bigint NOT NULL CONSTRAINT open_item_over_allocated CHECK (open_minor >= 0),
	discount_minor bigint NOT NULL DEFAULT 0 CHECK (discount_minor >= 0 AND discount_minor < amount_minor),
	discount_until date,                   -- last value date on which discount_minor may be deducted
	creditor_ref text COLLATE "C",         -- ISO 11649, without blanks
	order_reference text,
	mandate text COLLATE "C",
	disputed boolean NOT NULL DEFAULT false,
	cancelled boolean NOT NULL DEFAULT false,
	settled_on date,                       -- value date on which open_minor became 0
	PRIMARY KEY (creditor, id),
	CONSTRAINT open_item_number UNIQUE (creditor, number),
	CHECK ((open_minor = 0) = (settled_on IS NOT NULL))
);
CREATE INDEX open_item_number_key ON ledger.open_item (creditor, number_key);
CREATE INDEX open_item_reference ON ledger.open_item (creditor, creditor_ref) WHERE creditor_ref IS NOT NULL;
CREATE INDEX open_item_customer ON ledger.open_item (creditor, customer);
CREATE INDEX open_item_due ON ledger.open_item (creditor, due_on) WHERE open_minor > 0;

-- Balances of the accounts that have a subject but are no receivable. Bank, revenue and the like have none here: a
-- running balance of theirs would make every import wait for every other.
CREATE TABLE ledger.balance (
	creditor text COLLATE "C" NOT NULL,
	account ledger.account NOT NULL CHECK (account IN ('unapplied_cash', 'unidentified_cash')),
	subject uuid NOT NULL,
	currency char(3) COLLATE "C" NOT NULL,
	amount_minor bigint NOT NULL CONSTRAINT balance_overdrawn CHECK (amount_minor <= 0),
	PRIMARY KEY (creditor, account, subject, currency)
);

-- A posting is inserted whole, in one statement, and sums to zero in each currency; this trigger refuses
-- the statement otherwise, whoever runs it.
CREATE FUNCTION ledger.entry_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	bad record;
BEGIN
	SELECT n.posting, n.currency, sum(n.amount_minor) AS total INTO bad
	  FROM new_entries n GROUP BY n.creditor, n.posting, n.currency HAVING sum(n.amount_minor) <> 0 LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'ledger.unbalanced' USING ERRCODE = 'RL001',
			DETAIL = format('posting %s is off by %s %s', bad.posting, bad.total, bad.currency);
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER entry_balanced AFTER INSERT ON ledger.entry
	REFERENCING NEW TABLE AS new_entries FOR EACH STATEMENT EXECUTE FUNCTION ledger.entry_balanced();

CREATE FUNCTION ledger.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'ledger.append_only' USING ERRCODE = 'RL002',
		DETAIL = format('%s on %s: corrections are reversals', TG_OP, TG_TABLE_NAME);
END
$$;
CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.posting
	FOR EACH STATEMENT EXECUTE FUNCTION ledger.append_only();
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entry
	FOR EACH STATEMENT EXECUTE FUNCTION ledger.append_only();

-- Books any number of postings. p_* are arrays of equal length, one element a posting; e_* one element an entry,
-- e_posting naming the posting it belongs to. Moves open_item.open_minor and ledger.balance with the entries, in
-- one order of locks, so that two imports wait for each other but never deadlock.
-- Refuses: RL001 ledger.unbalanced; check open_item_over_allocated (more than is open), balance_overdrawn (more
-- cash than there is); RL003 ledger.unknown_item.
CREATE FUNCTION ledger.post(p_creditor text, p_id uuid[], p_kind text[], p_booked_on date[], p_source uuid[],
	p_reverses uuid[], e_posting uuid[], e_account text[], e_subject uuid[], e_currency text[], e_amount bigint[])
	RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wanted integer;
	moved integer;
BEGIN
	INSERT INTO ledger.posting (creditor, id, kind, booked_on, source, reverses)
	SELECT p_creditor, p.id, p.kind, p.booked_on, p.source, p.reverses
	  FROM unnest(p_id, p_kind, p_booked_on, p_source, p_reverses) AS p (id, kind, booked_on, source, reverses);

	INSERT INTO ledger.entry (creditor, posting, line, account, subject, currency, amount_minor)
	SELECT p_creditor, e.posting, row_number() OVER (PARTITION BY e.posting ORDER BY e.n), e.account::ledger.account,
	       e.subject, e.currency, e.amount
	  FROM unnest(e_posting, e_account, e_subject, e_currency, e_amount) WITH ORDINALITY
	       AS e (posting, account, subject, currency, amount, n);

	-- Receivables: one update an invoice, rows locked in key order first. The creditor is joined through max(): as a
	-- constant, the planner would look up all items of a creditor it has no statistics of, once an invoice.
	SELECT count(DISTINCT e.subject) INTO wanted
	  FROM unnest(e_account, e_subject) AS e (account, subject) WHERE e.account = 'receivable';
	IF wanted > 0 THEN
		PERFORM 1 FROM (SELECT e.subject, max(p_creditor) AS creditor
		                  FROM unnest(e_account, e_subject) AS e (account, subject)
		                 WHERE e.account = 'receivable' GROUP BY e.subject) d
		  JOIN ledger.open_item i ON i.creditor = d.creditor AND i.id = d.subject
		 ORDER BY i.id FOR UPDATE OF i;
		UPDATE ledger.open_item i
		   SET open_minor = i.open_minor + d.amount,
		       settled_on = CASE WHEN i.open_minor + d.amount = 0 THEN d.booked_on END
		  FROM (SELECT e.subject, e.currency, sum(e.amount)::bigint AS amount, max(p.booked_on) AS booked_on,
		               max(p_creditor) AS creditor
		          FROM unnest(e_posting, e_account, e_subject, e_currency, e_amount)
		               AS e (posting, account, subject, currency, amount)
		          JOIN unnest(p_id, p_booked_on) AS p (id, booked_on) ON p.id = e.posting
		         WHERE e.account = 'receivable' GROUP BY e.subject, e.currency) d
		 WHERE i.creditor = d.creditor AND i.id = d.subject AND i.currency = d.currency;
		GET DIAGNOSTICS moved = ROW_COUNT;
		IF moved <> wanted THEN
			RAISE EXCEPTION 'ledger.unknown_item' USING ERRCODE = 'RL003',
				DETAIL = 'a receivable entry names an invoice that is not there, or in another currency';
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
	WITH taken AS (
		SELECT e.account::ledger.account AS account, e.subject, e.currency, sum(e.amount)::bigint AS amount,
		       max(p_creditor) AS creditor
		  FROM unnest(e_account, e_subject, e_currency, e_amount) AS e (account, subject, currency, amount)
		 WHERE e.account IN ('unapplied_cash', 'unidentified_cash')
		 GROUP BY 1, 2, 3 HAVING sum(e.amount) > 0
	), done AS (
		UPDATE ledger.balance b SET amount_minor = b.amount_minor + t.amount
		  FROM taken t WHERE b.creditor = t.creditor AND b.account = t.account AND b.subject = t.subject
		   AND b.currency = t.currency RETURNING 1
	)
	SELECT (SELECT count(*) FROM taken) - (SELECT count(*) FROM done) INTO wanted;
	IF wanted <> 0 THEN
		RAISE EXCEPTION 'ledger.overdrawn' USING ERRCODE = 'RL004', DETAIL = 'there is no such cash to apply';
	END IF;
END
$$;

-- Adds open items that are owed but not yet posted (open_minor 0 until ledger.post books their receivable in the
-- same transaction). `items` is a JSON array of objects with open_item's column names.
CREATE FUNCTION ledger.add_items(p_creditor text, items jsonb)
	RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO ledger.open_item (creditor, id, number, number_key, kind, customer, customer_number, currency, issued_on, due_on,
		amount_minor, open_minor, discount_minor, discount_until, creditor_ref, order_reference, mandate, disputed, settled_on)
	SELECT p_creditor, i.id, i.number, upper(regexp_replace(i.number, '[^A-Za-z0-9]', '', 'g')), coalesce(i.kind, 'invoice'),
	       i.customer, i.customer_number, i.currency, i.issued_on, i.due_on, i.amount_minor, 0,
	       coalesce(i.discount_minor, 0), i.discount_until, i.creditor_ref, i.order_reference, i.mandate,
	       coalesce(i.disputed, false), i.issued_on
	  FROM jsonb_to_recordset(items) AS i (id uuid, number text, kind text, customer uuid, customer_number text, currency text,
	       issued_on date, due_on date, amount_minor bigint, discount_minor bigint, discount_until date, creditor_ref text,
	       order_reference text, mandate text, disputed boolean)
$$;

-- Marks of an open item that are no money: a dispute, a cancellation by credit note.
CREATE FUNCTION ledger.mark_item(p_creditor text, p_id uuid, p_disputed boolean, p_cancelled boolean)
	RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ledger.open_item SET disputed = coalesce(p_disputed, disputed), cancelled = coalesce(p_cancelled, cancelled)
	 WHERE creditor = p_creditor AND id = p_id
$$;

CREATE FUNCTION ledger.set_clock(p_creditor text, p_at timestamptz)
	RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO ledger.test_clock (creditor, at) VALUES (p_creditor, p_at)
	ON CONFLICT (creditor) DO UPDATE SET at = excluded.at
$$;

-- The invariants, each with what was looked at: postings balance; open amounts and cash balances are the sums
-- of their entries; no entry without posting.
CREATE FUNCTION ledger.check_books(p_creditor text)
	RETURNS TABLE (name text, ok boolean, checked bigint, detail text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH sums AS (
		SELECT e.posting, e.currency, sum(e.amount_minor) AS total FROM ledger.entry e
		 WHERE e.creditor = p_creditor GROUP BY e.posting, e.currency
	), owed AS (
		SELECT e.subject, sum(e.amount_minor) AS total FROM ledger.entry e
		 WHERE e.creditor = p_creditor AND e.account = 'receivable' GROUP BY e.subject
	), wrong_items AS (
		SELECT i.number, i.open_minor, coalesce(o.total, 0) AS total FROM ledger.open_item i
		  LEFT JOIN owed o ON o.subject = i.id WHERE i.creditor = p_creditor AND i.open_minor <> coalesce(o.total, 0)
	), cash AS (
		SELECT e.account, e.subject, e.currency, sum(e.amount_minor) AS total FROM ledger.entry e
		 WHERE e.creditor = p_creditor AND e.account IN ('unapplied_cash', 'unidentified_cash') GROUP BY 1, 2, 3
	), wrong_cash AS (
		SELECT b.account, b.subject, b.amount_minor, coalesce(c.total, 0) AS total
		  FROM (SELECT * FROM ledger.balance WHERE creditor = p_creditor) b
		  FULL JOIN cash c USING (account, subject, currency)
		 WHERE coalesce(b.amount_minor, 0) <> coalesce(c.total, 0)
	), orphans AS (
		SELECT e.posting FROM ledger.entry e
		  LEFT JOIN ledger.posting p ON p.creditor = e.creditor AND p.id = e.posting
		 WHERE e.creditor = p_creditor AND p.id IS NULL
	)
	SELECT 'ledger.postings_balance', NOT EXISTS (SELECT FROM sums WHERE total <> 0), (SELECT count(*) FROM sums),
	       (SELECT format('posting %s is off by %s %s', posting, total, currency) FROM sums WHERE total <> 0 LIMIT 1)
	UNION ALL
	SELECT 'ledger.open_amounts', NOT EXISTS (SELECT FROM wrong_items),
	       (SELECT count(*) FROM ledger.open_item WHERE creditor = p_creditor),
	       (SELECT format('%s is open with %s, its entries sum to %s', number, open_minor, total) FROM wrong_items LIMIT 1)
	UNION ALL
	SELECT 'ledger.cash_balances', NOT EXISTS (SELECT FROM wrong_cash), (SELECT count(*) FROM cash),
	       (SELECT format('%s of %s is %s, its entries sum to %s', account, subject, amount_minor, total) FROM wrong_cash LIMIT 1)
	UNION ALL
	SELECT 'ledger.entries_have_postings', NOT EXISTS (SELECT FROM orphans),
	       (SELECT count(*) FROM ledger.entry WHERE creditor = p_creditor),
	       (SELECT format('an entry names posting %s, which is not there', posting) FROM orphans LIMIT 1)
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger
	TO relance_invoicing, relance_payments, relance_credit, relance_notification, relance_feed;
GRANT EXECUTE ON FUNCTION ledger.post(text, uuid[], text[], date[], uuid[], uuid[], uuid[], text[], uuid[], text[], bigint[])
	TO relance_invoicing, relance_payments;
GRANT EXECUTE ON FUNCTION ledger.add_items(text, jsonb), ledger.mark_item(text, uuid, boolean, boolean),
	ledger.set_clock(text, timestamptz) TO relance_invoicing;
GRANT EXECUTE ON FUNCTION ledger.check_books(text) TO relance_invoicing;

-- migrate:down
DROP FUNCTION ledger.check_books, ledger.set_clock, ledger.mark_item, ledger.add_items, ledger.post;
DROP TABLE ledger.balance, ledger.open_item, ledger.entry, ledger.posting, ledger.test_clock;
DROP FUNCTION ledger.append_only, ledger.entry_balanced;
DROP TYPE ledger.account;
