-- migrate:up
-- What a notice did that turns out to be wrong is taken back: a payment with an earlier value date voids the notice, its
-- rung and its fee, and the debtor is told. Nothing is deleted.

ALTER TABLE notification.reminder ADD COLUMN voided_at timestamptz; -- on the creditor's clock: it should not have been sent
ALTER TABLE notification.reminder_item ADD COLUMN paid_on date;     -- value date before the reminder left, known afterwards

-- How often a notice of the case was voided: a rung may then come again, under another scope.
ALTER TABLE notification.dunning_case ADD COLUMN voided integer NOT NULL DEFAULT 0;

-- A fee is a document of its own with an open item of the same id: never written into an invoice, never twice for one step.
CREATE TABLE notification.fee (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,                           -- made of the reminder
	number text NOT NULL,
	sequence bigint NOT NULL,
	reminder uuid NOT NULL,
	customer uuid NOT NULL,
	customer_number text NOT NULL,
	currency char(3) COLLATE "C" NOT NULL,
	amount_minor bigint NOT NULL CHECK (amount_minor > 0),
	charged_on date NOT NULL,
	due_on date NOT NULL CHECK (due_on >= charged_on),
	voided_on date,
	PRIMARY KEY (creditor, id),
	CONSTRAINT fee_number UNIQUE (creditor, number),
	CONSTRAINT fee_sequence UNIQUE (creditor, sequence),
	CONSTRAINT fee_once UNIQUE (creditor, reminder),
	FOREIGN KEY (creditor, reminder) REFERENCES notification.reminder
);
GRANT SELECT, INSERT, UPDATE ON notification.fee TO relance_notification;
GRANT UPDATE (paid_on) ON notification.reminder_item TO relance_notification;
GRANT SELECT ON notification.fee TO relance_invoicing, relance_payments, relance_credit, relance_feed;

-- The only charge that notification books: one item, one posting.
CREATE FUNCTION ledger.charge_fee(p_creditor text, p_id uuid, p_number text, p_customer uuid, p_customer_number text,
	p_currency text, p_on date, p_due_on date, p_amount_minor bigint)
	RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ledger.add_items(p_creditor, jsonb_build_array(jsonb_build_object('id', p_id, 'number', p_number, 'kind', 'fee',
		'customer', p_customer, 'customer_number', p_customer_number, 'currency', p_currency, 'issued_on', p_on,
		'due_on', p_due_on, 'amount_minor', p_amount_minor)));
	PERFORM ledger.post(p_creditor, ARRAY[p_id], ARRAY['fee'], ARRAY[p_on], ARRAY[p_id], ARRAY[NULL]::uuid[],
		ARRAY[p_id, p_id], ARRAY['receivable', 'interest_and_fees'], ARRAY[p_id, NULL], ARRAY[p_currency, p_currency],
		ARRAY[p_amount_minor, -p_amount_minor]);
END
$$;

-- Takes it back: what is open of it is relieved, what was paid for it is the customer's cash again.
CREATE FUNCTION ledger.void_fee(p_creditor text, p_id uuid, p_posting uuid, p_on date)
	RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	item ledger.open_item;
	account text[] := ARRAY['interest_and_fees'];
	subject uuid[] := ARRAY[NULL]::uuid[];
	amount bigint[];
BEGIN
	SELECT * INTO STRICT item FROM ledger.open_item i
	 WHERE i.creditor = p_creditor AND i.id = p_id AND i.kind = 'fee' AND NOT i.cancelled FOR UPDATE;
	amount := ARRAY[item.amount_minor];
	IF item.open_minor > 0 THEN
		account := account || 'receivable'::text;
		subject := subject || p_id;
		amount := amount || -item.open_minor;
	END IF;
	IF item.open_minor < item.amount_minor THEN
		account := account || 'unapplied_cash'::text;
		subject := subject || item.customer;
		amount := amount || item.open_minor - item.amount_minor;
	END IF;
	PERFORM ledger.post(p_creditor, ARRAY[p_posting], ARRAY['reversal'], ARRAY[p_on], ARRAY[p_id], ARRAY[p_id],
		array_fill(p_posting, ARRAY[cardinality(account)]), account, subject,
		array_fill(item.currency::text, ARRAY[cardinality(account)]), amount);
	PERFORM ledger.mark_item(p_creditor, p_id, NULL, true);
END
$$;
REVOKE ALL ON FUNCTION ledger.charge_fee(text, uuid, text, uuid, text, text, date, date, bigint),
	ledger.void_fee(text, uuid, uuid, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.charge_fee(text, uuid, text, uuid, text, text, date, date, bigint),
	ledger.void_fee(text, uuid, uuid, date) TO relance_notification;

-- Corrections are for payments to come: those of the past have been answered otherwise.
INSERT INTO notification.feed_cursor (reader, sequence)
	SELECT 'notification', coalesce(max(sequence), 0) FROM feed.event ON CONFLICT DO NOTHING;

-- migrate:down
DELETE FROM notification.feed_cursor WHERE reader = 'notification';
DROP FUNCTION ledger.void_fee, ledger.charge_fee;
DROP TABLE notification.fee;
ALTER TABLE notification.dunning_case DROP COLUMN voided;
ALTER TABLE notification.reminder_item DROP COLUMN paid_on;
ALTER TABLE notification.reminder DROP COLUMN voided_at;
