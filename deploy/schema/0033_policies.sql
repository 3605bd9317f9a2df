-- migrate:up
-- Several policies a creditor, each for the customers that its selector names; and when invoices arrived.

-- In force is the newest version of each name that is not retired; of those for everybody, only the newest.
ALTER TABLE notification.policy ADD COLUMN retired_at timestamptz;
GRANT UPDATE (retired_at) ON notification.policy TO relance_notification;

-- A case keeps the policy that it began under, until it ends or a person moves it. Null: of before there were several.
ALTER TABLE notification.dunning_case ADD COLUMN policy_version integer;

-- Proof that an invoice arrived: steps may count from it, or wait for it.
CREATE TABLE notification.item_delivery (
	creditor text COLLATE "C" NOT NULL,
	item uuid NOT NULL,                         -- ledger.open_item
	delivered_on date NOT NULL,
	proof text COLLATE "C" NOT NULL CHECK (proof IN ('mail', 'post', 'registered_post', 'e_invoice', 'handed_over')),
	reference text NOT NULL DEFAULT '' CHECK (octet_length(reference) <= 200),
	recorded_at timestamptz NOT NULL,           -- on the creditor's clock
	recorded_by text NOT NULL,
	PRIMARY KEY (creditor, item)
);
-- Steps that count days from the delivery find invoices by its date.
CREATE INDEX item_delivery_on ON notification.item_delivery (creditor, delivered_on);
GRANT SELECT, INSERT, UPDATE ON notification.item_delivery TO relance_notification;
GRANT SELECT ON notification.item_delivery TO relance_invoicing, relance_payments, relance_credit, relance_feed;

ALTER TABLE notification.task DROP CONSTRAINT task_kind_check;
ALTER TABLE notification.task ADD CONSTRAINT task_kind_check CHECK (kind IN ('call', 'letter', 'agency_file', 'address',
	'replied', 'bounced', 'delivery_proof', 'plan', 'mediation', 'court_file'));

-- migrate:down
DELETE FROM notification.task WHERE kind IN ('delivery_proof', 'plan', 'mediation', 'court_file');
ALTER TABLE notification.task DROP CONSTRAINT task_kind_check;
ALTER TABLE notification.task ADD CONSTRAINT task_kind_check CHECK (kind IN ('call', 'letter', 'agency_file', 'address',
	'replied', 'bounced'));
DROP TABLE notification.item_delivery;
ALTER TABLE notification.dunning_case DROP COLUMN policy_version;
ALTER TABLE notification.policy DROP COLUMN retired_at;
