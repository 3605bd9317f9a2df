-- migrate:up
-- Of the tasks of one purpose for a customer the newest stands: the older ones are closed and say by what. So is the
-- task to find an address once its reminder has left.
ALTER TABLE notification.task ADD COLUMN done_note text;        -- why, where nobody marked it as done
CREATE INDEX task_open_customer ON notification.task (creditor, customer) WHERE done_at IS NULL;
CREATE INDEX task_open_reminder ON notification.task (creditor, reminder) WHERE done_at IS NULL;

-- What did not get through for another reason than its address.
ALTER TABLE notification.task DROP CONSTRAINT task_kind_check;
ALTER TABLE notification.task ADD CONSTRAINT task_kind_check CHECK (kind IN ('call', 'letter', 'agency_file', 'address',
	'undelivered', 'replied', 'bounced', 'delivery_proof', 'plan', 'mediation', 'court_file'));

-- migrate:down
DELETE FROM notification.task WHERE kind = 'undelivered';
ALTER TABLE notification.task DROP CONSTRAINT task_kind_check;
ALTER TABLE notification.task ADD CONSTRAINT task_kind_check CHECK (kind IN ('call', 'letter', 'agency_file', 'address',
	'replied', 'bounced', 'delivery_proof', 'plan', 'mediation', 'court_file'));
DROP INDEX notification.task_open_reminder;
DROP INDEX notification.task_open_customer;
ALTER TABLE notification.task DROP COLUMN done_note;
