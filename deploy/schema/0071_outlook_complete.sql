-- migrate:up
-- An outlook that its planner did not finish is none: it is taken anew, and nobody looks back on it.
ALTER TABLE notification.outlook_day ADD COLUMN complete boolean NOT NULL DEFAULT true;
ALTER TABLE notification.outlook_day ALTER COLUMN complete SET DEFAULT false;
GRANT UPDATE ON notification.outlook_day TO relance_notification;

-- migrate:down
REVOKE UPDATE ON notification.outlook_day FROM relance_notification;
DELETE FROM notification.outlook_day WHERE NOT complete;
ALTER TABLE notification.outlook_day DROP COLUMN complete;
