-- migrate:up
-- What is told at once is one row of the outbox: an import of a bank file tells of a thousand payments at a time, and a row each
-- cost as much as two indexes of the payments. The log keeps an event a row.

ALTER TABLE feed.outbox RENAME TO outbox_of_0001;
ALTER INDEX feed.outbox_pkey RENAME TO outbox_of_0001_pkey;
ALTER SEQUENCE feed.outbox_position_seq RENAME TO outbox_of_0001_position_seq;
CREATE TABLE feed.outbox (
	position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	events feed.new_event[] NOT NULL CHECK (cardinality(events) > 0), -- in their order
	event_count integer NOT NULL GENERATED ALWAYS AS (cardinality(events)) STORED, -- to be known without reading them
	recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO feed.outbox (events, recorded_at)
SELECT ARRAY[ROW(o.id, o.creditor, o.type, o.subject, o.at, o.payload_type, o.payload, o.trace_parent)::feed.new_event], o.recorded_at
  FROM feed.outbox_of_0001 o ORDER BY o.position;
DROP TABLE feed.outbox_of_0001;

-- Rows live for milliseconds: vacuum by their number, and those of large batches by theirs.
ALTER TABLE feed.outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
	autovacuum_vacuum_insert_scale_factor = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000,
	toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 20000);
-- Events of one kind are much alike; where the server was built without LZ4, its own compression does.
DO $$
BEGIN
	ALTER TABLE feed.outbox ALTER events SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
	NULL;
END
$$;

-- An event a row, for people.
CREATE VIEW feed.unnumbered AS
	SELECT o.position, e.place, e.id, e.creditor, e.type, e.subject, e.at, e.payload_type, e.payload, e.trace_parent, o.recorded_at
	  FROM feed.outbox o CROSS JOIN LATERAL unnest(o.events) WITH ORDINALITY
	       AS e (id, creditor, type, subject, at, payload_type, payload, trace_parent, place);

GRANT INSERT ON feed.outbox TO relance_invoicing, relance_payments, relance_credit, relance_notification;
GRANT SELECT, DELETE ON feed.outbox TO relance_feed;
GRANT SELECT ON feed.unnumbered TO relance_feed;

-- Postings of several entries follow the simple ones of their batch, and their ids lie between: pages that are not filled to the
-- edge need not be split for them.
ALTER INDEX ledger.posting_pkey SET (fillfactor = 80);

-- migrate:down
ALTER INDEX ledger.posting_pkey RESET (fillfactor);
CREATE TABLE feed.outbox_of_0001 (
	position bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_of_0001_pkey PRIMARY KEY,
	id uuid NOT NULL,
	creditor text COLLATE "C" NOT NULL,
	type text COLLATE "C" NOT NULL,
	subject text NOT NULL,
	at timestamptz NOT NULL,
	payload_type text COLLATE "C" NOT NULL,
	payload bytea NOT NULL,
	trace_parent text,
	recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO feed.outbox_of_0001 (id, creditor, type, subject, at, payload_type, payload, trace_parent, recorded_at)
SELECT id, creditor, type, subject, at, payload_type, payload, trace_parent, recorded_at FROM feed.unnumbered ORDER BY position, place;
DROP VIEW feed.unnumbered;
DROP TABLE feed.outbox;
ALTER TABLE feed.outbox_of_0001 RENAME TO outbox;
ALTER INDEX feed.outbox_of_0001_pkey RENAME TO outbox_pkey;
ALTER SEQUENCE feed.outbox_of_0001_position_seq RENAME TO outbox_position_seq;
ALTER TABLE feed.outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
	autovacuum_vacuum_insert_scale_factor = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000);
GRANT INSERT ON feed.outbox TO relance_invoicing, relance_payments, relance_credit, relance_notification;
GRANT SELECT, DELETE ON feed.outbox TO relance_feed;
