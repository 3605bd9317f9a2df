-- migrate:up
-- A part that had been paid before a reminder left, known afterwards: the reminder stands for the rest, and the debtor is
-- told once of each part.
ALTER TABLE notification.reminder_item ADD COLUMN paid_before_minor bigint NOT NULL DEFAULT 0;
GRANT UPDATE (paid_before_minor) ON notification.reminder_item TO relance_notification;

-- migrate:down
ALTER TABLE notification.reminder_item DROP COLUMN paid_before_minor;
