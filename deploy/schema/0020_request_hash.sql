-- migrate:up
-- An idempotency key stands for one request: a hash of its body tells a repeat from another request under the same key.
-- Null: stored before this was known, and taken for a repeat.

DO $$
DECLARE
	service text;
BEGIN
	FOREACH service IN ARRAY ARRAY['invoicing', 'payments', 'credit', 'notification', 'feed'] LOOP
		EXECUTE format('ALTER TABLE %I.request_key ADD COLUMN request_hash bigint', service);
	END LOOP;
END
$$;

-- migrate:down
ALTER TABLE invoicing.request_key DROP COLUMN request_hash;
ALTER TABLE payments.request_key DROP COLUMN request_hash;
ALTER TABLE credit.request_key DROP COLUMN request_hash;
ALTER TABLE notification.request_key DROP COLUMN request_hash;
ALTER TABLE feed.request_key DROP COLUMN request_hash;
