-- migrate:up
-- Letters and text messages.
ALTER TABLE notification.reminder DROP CONSTRAINT reminder_channel_check;
ALTER TABLE notification.reminder ADD CONSTRAINT reminder_channel_check
	CHECK (channel IN ('mail', 'task', 'internal_mail', 'hold', 'file', 'letter', 'sms'));

-- migrate:down
ALTER TABLE notification.reminder DROP CONSTRAINT reminder_channel_check;
ALTER TABLE notification.reminder ADD CONSTRAINT reminder_channel_check
	CHECK (channel IN ('mail', 'task', 'internal_mail', 'hold', 'file'));
