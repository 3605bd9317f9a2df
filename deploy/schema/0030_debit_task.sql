-- migrate:up
-- A direct debit that came back is work for a person, though no reminder was sent: such a task names its invoice itself.
ALTER TABLE notification.task ALTER COLUMN reminder DROP NOT NULL;
ALTER TABLE notification.task ADD COLUMN invoice_number text;

-- migrate:down
DELETE FROM notification.task WHERE reminder IS NULL;
ALTER TABLE notification.task DROP COLUMN invoice_number;
ALTER TABLE notification.task ALTER COLUMN reminder SET NOT NULL;
