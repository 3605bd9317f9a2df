-- migrate:up
-- A claim changes nothing that an index names, so that PostgreSQL writes it beside the row and no index (HOT): what is
-- to be queued, and what is under way, is told by queued_at and done_at; the state is looked at behind the index. Pages
-- keep room for a row's next versions.
ALTER TABLE notification.reminder SET (fillfactor = 70);
UPDATE notification.reminder SET queued_at = NULL WHERE state = 'scheduled' AND queued_at IS NOT NULL;
ALTER TABLE notification.reminder ADD CONSTRAINT reminder_queued CHECK (CASE WHEN state = 'scheduled'
	THEN queued_at IS NULL ELSE state NOT IN ('queued', 'sending') OR queued_at IS NOT NULL END);

DROP INDEX notification.reminder_due, notification.reminder_under_way, notification.reminder_contact;
CREATE INDEX reminder_due ON notification.reminder (creditor, due_at) WHERE queued_at IS NULL AND done_at IS NULL;
CREATE INDEX reminder_under_way ON notification.reminder (creditor, id) WHERE queued_at IS NOT NULL AND done_at IS NULL;
CREATE INDEX reminder_contact ON notification.reminder (creditor, customer, done_at)
	WHERE channel IN ('mail', 'task', 'letter', 'sms');

-- migrate:down
DROP INDEX notification.reminder_due, notification.reminder_under_way, notification.reminder_contact;
CREATE INDEX reminder_due ON notification.reminder (creditor, due_at) WHERE state = 'scheduled';
CREATE INDEX reminder_under_way ON notification.reminder (creditor, id) WHERE state IN ('queued', 'sending');
CREATE INDEX reminder_contact ON notification.reminder (creditor, customer, done_at)
	WHERE channel IN ('mail', 'task', 'letter', 'sms') AND state IN ('sent', 'queued', 'sending');
ALTER TABLE notification.reminder DROP CONSTRAINT reminder_queued;
ALTER TABLE notification.reminder RESET (fillfactor);
