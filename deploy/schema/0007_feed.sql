-- migrate:up
-- The event log: nothing in it is ever changed, whoever tries; what it needs to stay quick; and who may look at how
-- far the readers have come.

CREATE FUNCTION feed.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'feed.append_only' USING ERRCODE = 'RL002', DETAIL = format('%s on %s', TG_OP, TG_TABLE_NAME);
END
$$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON feed.event
	FOR EACH STATEMENT EXECUTE FUNCTION feed.append_only();

-- Rows of the outbox live for milliseconds: vacuum by their number, not by their share of a table that is always empty.
ALTER TABLE feed.outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
	autovacuum_vacuum_insert_scale_factor = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000);

-- The cursors of all services under one name.
CREATE VIEW feed.reader AS
	SELECT 'invoicing' AS service, reader AS name, sequence FROM invoicing.feed_cursor
	UNION ALL SELECT 'payments', reader, sequence FROM payments.feed_cursor
	UNION ALL SELECT 'credit', reader, sequence FROM credit.feed_cursor
	UNION ALL SELECT 'notification', reader, sequence FROM notification.feed_cursor
	UNION ALL SELECT 'feed', reader, sequence FROM feed.feed_cursor;
GRANT SELECT ON feed.reader TO relance_feed;

-- migrate:down
DROP VIEW feed.reader;
ALTER TABLE feed.outbox RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
	autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor, autovacuum_analyze_threshold);
DROP TRIGGER event_append_only ON feed.event;
DROP FUNCTION feed.append_only;
