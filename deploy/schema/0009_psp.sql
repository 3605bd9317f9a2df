-- migrate:up
-- Payment service providers: the secrets of their webhooks, their events, and what each of their payments stands at.

-- Only payments reads this table. Two a provider, so that a secret can be changed without losing an event.
CREATE TABLE payments.psp_secret (
	creditor text COLLATE "C" NOT NULL,
	provider text COLLATE "C" NOT NULL CHECK (provider IN ('stripe', 'gocardless')),
	id uuid NOT NULL,
	secret text NOT NULL CHECK (length(secret) BETWEEN 16 AND 256),
	set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (creditor, provider, id)
);

-- Every event that was signed, once, as it came. GoCardless sends several in one body, which is kept with the first.
CREATE TABLE payments.psp_event (
	creditor text COLLATE "C" NOT NULL,
	provider text COLLATE "C" NOT NULL,
	event_id text COLLATE "C" NOT NULL CHECK (event_id <> ''),
	id uuid NOT NULL,
	type text COLLATE "C" NOT NULL,
	object_id text COLLATE "C",                  -- the provider's payment, where it concerns one
	happened_at timestamptz NOT NULL,            -- by the provider
	received_at timestamptz NOT NULL,
	body bytea,
	outcome text COLLATE "C" NOT NULL,           -- what it did: 'booked', 'taken_back', 'noted', 'ignored'
	PRIMARY KEY (creditor, provider, event_id)
);
CREATE INDEX psp_event_page ON payments.psp_event (creditor, id);

-- A payment at the provider: the sum of its events, whatever their order.
CREATE TABLE payments.psp_payment (
	creditor text COLLATE "C" NOT NULL,
	provider text COLLATE "C" NOT NULL,
	object_id text COLLATE "C" NOT NULL,
	standing text COLLATE "C" NOT NULL
		CHECK (standing IN ('announced', 'failed', 'paid', 'paid_out', 'charged_back', 'reinstated')),
	standing_at timestamptz,                     -- of the event that put it there
	amount_minor bigint NOT NULL DEFAULT 0,      -- 0: not known yet
	refunded_minor bigint NOT NULL DEFAULT 0,    -- in all
	currency char(3) COLLATE "C",
	reference text,                              -- what names the invoice: metadata, description
	payer_name text,
	paid_on date,
	booked_minor bigint NOT NULL DEFAULT 0,      -- what stands in the books now
	bookings integer NOT NULL DEFAULT 0,
	PRIMARY KEY (creditor, provider, object_id)
);

GRANT SELECT, INSERT, DELETE ON payments.psp_secret TO relance_payments;
GRANT SELECT, INSERT, UPDATE ON payments.psp_event, payments.psp_payment TO relance_payments;

-- migrate:down
DROP TABLE payments.psp_payment, payments.psp_event, payments.psp_secret;
