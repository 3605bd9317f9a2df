-- migrate:up
-- What suspends the ladder: holds, promises to pay, instalment plans, answers of the debtor; and disputes of a part.

-- An invoice under a pause is left alone up to the last day; its case keeps its rung and goes on afterwards.
CREATE TABLE notification.pause (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	kind text COLLATE "C" NOT NULL CHECK (kind IN ('held', 'promised', 'in_plan', 'replied', 'bounced')),
	customer uuid NOT NULL,
	customer_number text NOT NULL,
	whole boolean NOT NULL,                     -- all the customer owes, also what is to come; else pause_item
	reason text NOT NULL CHECK (octet_length(reason) BETWEEN 1 AND 500),
	until date,                                 -- last day; null: until it is lifted
	made_at timestamptz NOT NULL,               -- this and ended_at on the creditor's clock
	made_by text NOT NULL,
	ended_at timestamptz,
	end_reason text COLLATE "C",                -- 'released', 'kept', 'broken', 'cancelled', 'dealt_with'
	PRIMARY KEY (creditor, id),
	CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX pause_stands ON notification.pause (creditor, customer) WHERE ended_at IS NULL;
CREATE INDEX pause_made ON notification.pause (creditor, made_at, id);

CREATE TABLE notification.pause_item (
	creditor text COLLATE "C" NOT NULL,
	pause uuid NOT NULL,
	item uuid NOT NULL,
	PRIMARY KEY (creditor, pause, item),
	FOREIGN KEY (creditor, pause) REFERENCES notification.pause
);

-- Promises and plans. One that stands has a pause of the same id.
CREATE TABLE notification.agreement (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	kind text COLLATE "C" NOT NULL CHECK (kind IN ('promise', 'plan')),
	state text COLLATE "C" NOT NULL CHECK (state IN ('proposed', 'stands', 'kept', 'broken', 'cancelled')),
	customer uuid NOT NULL,
	customer_number text NOT NULL,
	currency char(3) COLLATE "C" NOT NULL,
	amount_minor bigint NOT NULL CHECK (amount_minor > 0),
	cash_minor bigint NOT NULL CHECK (cash_minor >= 0), -- unapplied when it was made: no payment of it
	paid_minor bigint NOT NULL DEFAULT 0,               -- at the last look
	grace_days integer NOT NULL CHECK (grace_days >= 0),
	made_at timestamptz NOT NULL,
	made_by text NOT NULL,
	ended_at timestamptz,
	PRIMARY KEY (creditor, id),
	CHECK ((state IN ('kept', 'broken', 'cancelled')) = (ended_at IS NOT NULL))
);
CREATE INDEX agreement_stands ON notification.agreement (creditor, id) WHERE state = 'stands';
CREATE INDEX agreement_made ON notification.agreement (creditor, made_at, id);

CREATE TABLE notification.agreement_item (
	creditor text COLLATE "C" NOT NULL,
	agreement uuid NOT NULL,
	item uuid NOT NULL,
	number text NOT NULL,
	open_minor bigint NOT NULL,                 -- when it was made
	PRIMARY KEY (creditor, agreement, item),
	FOREIGN KEY (creditor, agreement) REFERENCES notification.agreement
);

CREATE TABLE notification.instalment (
	creditor text COLLATE "C" NOT NULL,
	agreement uuid NOT NULL,
	due_on date NOT NULL,
	amount_minor bigint NOT NULL CHECK (amount_minor > 0),
	PRIMARY KEY (creditor, agreement, due_on),
	FOREIGN KEY (creditor, agreement) REFERENCES notification.agreement
);

GRANT SELECT, INSERT, UPDATE ON notification.pause, notification.agreement TO relance_notification;
GRANT SELECT, INSERT ON notification.pause_item, notification.agreement_item, notification.instalment
	TO relance_notification;
GRANT SELECT ON notification.pause, notification.pause_item, notification.agreement
	TO relance_invoicing, relance_payments, relance_credit, relance_feed;

-- What a customer has been sent lately, or is about to be: one contact a day, and so many a week.
CREATE INDEX reminder_contact ON notification.reminder (creditor, customer, done_at)
	WHERE channel IN ('mail', 'task', 'letter', 'sms') AND state IN ('sent', 'queued', 'sending');

-- A debtor's answer, or a mailbox that refuses, is somebody's task: done, the ladder goes on.
ALTER TABLE notification.task DROP CONSTRAINT task_kind_check;
ALTER TABLE notification.task ADD CONSTRAINT task_kind_check
	CHECK (kind IN ('call', 'letter', 'agency_file', 'address', 'replied', 'bounced'));

-- A dispute of a part: `disputed` is the whole invoice, disputed_minor a part of one that is not disputed as a whole.
ALTER TABLE ledger.open_item ADD COLUMN disputed_minor bigint NOT NULL DEFAULT 0 CHECK (disputed_minor >= 0);
ALTER TABLE invoicing.dispute ADD COLUMN amount_minor bigint CHECK (amount_minor > 0), ADD COLUMN owner text;
COMMENT ON COLUMN invoicing.dispute.amount_minor IS 'null: the whole invoice';

CREATE FUNCTION ledger.dispute_part(p_creditor text, p_id uuid, p_disputed_minor bigint)
	RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ledger.open_item SET disputed_minor = p_disputed_minor WHERE creditor = p_creditor AND id = p_id
$$;
REVOKE ALL ON FUNCTION ledger.dispute_part(text, uuid, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.dispute_part(text, uuid, bigint) TO relance_invoicing;

-- migrate:down
DELETE FROM notification.task WHERE kind IN ('replied', 'bounced');
ALTER TABLE notification.task DROP CONSTRAINT task_kind_check;
ALTER TABLE notification.task ADD CONSTRAINT task_kind_check CHECK (kind IN ('call', 'letter', 'agency_file', 'address'));
DROP INDEX notification.reminder_contact;
DROP FUNCTION ledger.dispute_part;
ALTER TABLE invoicing.dispute DROP COLUMN owner, DROP COLUMN amount_minor;
ALTER TABLE ledger.open_item DROP COLUMN disputed_minor;
DROP TABLE notification.instalment, notification.agreement_item, notification.agreement, notification.pause_item,
	notification.pause;
