-- migrate:up
-- A payment that is taken back takes back what the ladder had concluded from it: its case goes on at the rung it had.

-- Which undo opened what again: each does so once.
CREATE TABLE notification.reopening (
	creditor text COLLATE "C" NOT NULL,
	subject uuid NOT NULL,              -- a case, or an agreement
	undo uuid NOT NULL,                 -- payments.undo
	PRIMARY KEY (creditor, subject, undo)
);
GRANT SELECT, INSERT ON notification.reopening TO relance_notification;

CREATE INDEX dunning_case_customer ON notification.dunning_case (creditor, customer, currency, closed_at);
CREATE INDEX agreement_kept ON notification.agreement (creditor, customer) WHERE state = 'kept';

-- The fee of a notice that was void stands again. What had been paid for it is the customer's cash since, and stays so.
CREATE FUNCTION ledger.restore_fee(p_creditor text, p_id uuid, p_posting uuid, p_on date)
	RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	item ledger.open_item;
BEGIN
	SELECT * INTO STRICT item FROM ledger.open_item i
	 WHERE i.creditor = p_creditor AND i.id = p_id AND i.kind = 'fee' AND i.cancelled FOR UPDATE;
	PERFORM ledger.post(p_creditor, ARRAY[p_posting], ARRAY['fee'], ARRAY[p_on], ARRAY[p_id], ARRAY[NULL]::uuid[],
		ARRAY[p_posting, p_posting], ARRAY['receivable', 'interest_and_fees'], ARRAY[p_id, NULL],
		ARRAY[item.currency::text, item.currency::text], ARRAY[item.amount_minor, -item.amount_minor]);
	PERFORM ledger.mark_item(p_creditor, p_id, NULL, false);
END
$$;
REVOKE ALL ON FUNCTION ledger.restore_fee(text, uuid, uuid, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.restore_fee(text, uuid, uuid, date) TO relance_notification;

-- migrate:down
DROP FUNCTION ledger.restore_fee;
DROP TABLE notification.reopening;
DROP INDEX notification.agreement_kept, notification.dunning_case_customer;
