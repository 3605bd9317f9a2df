-- migrate:up
-- Money that a provider sent to the bank account. It is no customer's: the statement's entry is recognised by it, and moves
-- from unidentified cash to the provider's account.
CREATE TABLE payments.psp_payout (
	creditor text COLLATE "C" NOT NULL,
	provider text COLLATE "C" NOT NULL,
	payout_id text COLLATE "C" NOT NULL CHECK (payout_id <> ''),
	amount_minor bigint NOT NULL DEFAULT 0,      -- what arrives; 0: not known yet
	fee_minor bigint NOT NULL DEFAULT 0,         -- what the provider kept of it
	currency char(3) COLLATE "C",
	state text COLLATE "C" NOT NULL CHECK (state IN ('announced', 'paid', 'failed')),
	at timestamptz NOT NULL,                     -- of the event that says so
	payment uuid,                                -- the entry on the bank account; null: not there yet
	PRIMARY KEY (creditor, provider, payout_id)
);
CREATE INDEX psp_payout_expected ON payments.psp_payout (creditor, amount_minor, currency) WHERE payment IS NULL;
GRANT SELECT, INSERT, UPDATE ON payments.psp_payout TO relance_payments;

-- migrate:down
DROP TABLE payments.psp_payout;
