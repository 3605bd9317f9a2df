-- migrate:up
-- What was taken back of a payment at a provider, piece by piece: refunds, which may fail afterwards, and disputes, which
-- may be about a part only.
CREATE TABLE payments.psp_part (
	creditor text COLLATE "C" NOT NULL,
	provider text COLLATE "C" NOT NULL,
	part_id text COLLATE "C" NOT NULL CHECK (part_id <> ''),
	object_id text COLLATE "C" NOT NULL,         -- the provider's payment
	kind text COLLATE "C" NOT NULL CHECK (kind IN ('refund', 'dispute')),
	amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
	holds boolean NOT NULL,                      -- the money is away: the refund did not fail, the dispute was not won
	at timestamptz NOT NULL,                     -- of the event that says so
	PRIMARY KEY (creditor, provider, part_id)
);
CREATE INDEX psp_part_object ON payments.psp_part (creditor, provider, object_id);
GRANT SELECT, INSERT, UPDATE ON payments.psp_part TO relance_payments;

-- migrate:down
DROP TABLE payments.psp_part;
