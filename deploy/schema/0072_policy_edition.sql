-- migrate:up
-- What a policy's text does not say means what it meant when it was stored: a policy without sending_days sent on all
-- seven days (edition 1), and sends from Monday to Friday since (2).
ALTER TABLE notification.policy ADD COLUMN edition smallint NOT NULL DEFAULT 1;

-- migrate:down
ALTER TABLE notification.policy DROP COLUMN edition;
