-- migrate:up
-- The frame that all services stand on: a schema and a role a service, the outbox and the event log,
-- idempotency keys and feed cursors. Roles can log in; deployments give them passwords or certificates.

DO $$
DECLARE
	role_name text;
BEGIN
	FOREACH role_name IN ARRAY ARRAY['relance_invoicing', 'relance_payments', 'relance_credit',
	                                 'relance_notification', 'relance_feed'] LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
			EXECUTE format('CREATE ROLE %I LOGIN', role_name);
		END IF;
	END LOOP;
END
$$;

CREATE SCHEMA ledger;
CREATE SCHEMA invoicing;
CREATE SCHEMA payments;
CREATE SCHEMA credit;
CREATE SCHEMA notification;
CREATE SCHEMA feed;

-- Everybody may read what all share; each role writes its own schema only (granted beside each table).
GRANT USAGE ON SCHEMA ledger, invoicing, payments, credit, notification, feed
	TO relance_invoicing, relance_payments, relance_credit, relance_notification, relance_feed;

-- A role finds its own schema first: request_key and feed_cursor below are one name in all services.
DO $$
DECLARE
	service text;
BEGIN
	FOREACH service IN ARRAY ARRAY['invoicing', 'payments', 'credit', 'notification', 'feed'] LOOP
		EXECUTE format('ALTER ROLE %I SET search_path = %I, ledger, feed', 'relance_' || service, service);

		-- The answer to a request, stored in the transaction of its effect: a repeat of the key gets it back.
		-- (A CHECK here would cost a third of each insert: PostgreSQL reads its expression anew each time.)
		EXECUTE format('CREATE TABLE %I.request_key (
			key varchar(128) COLLATE "C" NOT NULL,
			method text NOT NULL,
			reply bytea NOT NULL,
			made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
			PRIMARY KEY (key))', service);
		EXECUTE format('CREATE INDEX ON %I.request_key USING brin (made_at)', service);

		-- How far a reader of this service has come in the event log.
		EXECUTE format('CREATE TABLE %I.feed_cursor (
			reader text COLLATE "C" PRIMARY KEY,
			sequence bigint NOT NULL CHECK (sequence >= 0))', service);

		EXECUTE format('GRANT SELECT, INSERT, DELETE ON %I.request_key TO %I', service, 'relance_' || service);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I.feed_cursor TO %I', service, 'relance_' || service);
	END LOOP;
END
$$;

-- Events of committed and uncommitted transactions; the relay moves the committed ones on. `position` only keeps
-- the order within one transaction: across transactions it says nothing, as commits overtake each other.
CREATE TABLE feed.outbox (
	position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
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

-- The numbered log: gap-free, in commit order, never changed.
CREATE TABLE feed.event (
	sequence bigint PRIMARY KEY CHECK (sequence > 0),
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

GRANT INSERT ON feed.outbox TO relance_invoicing, relance_payments, relance_credit, relance_notification;
GRANT SELECT, DELETE ON feed.outbox TO relance_feed;
GRANT SELECT, INSERT ON feed.event TO relance_feed;
GRANT SELECT ON feed.event TO relance_invoicing, relance_payments, relance_credit, relance_notification;

-- migrate:down
DROP SCHEMA feed, notification, credit, payments, invoicing, ledger CASCADE;
