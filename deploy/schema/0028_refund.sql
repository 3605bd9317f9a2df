-- migrate:up
-- Money that goes back to whom it belongs: owed first, then paid out by a debit on the bank account, in one or several parts.
-- The order to the bank (pain.001) is made elsewhere; its reference is the refund's number.

CREATE TABLE payments.refund (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,                   -- also the id of the posting that books it
	number text COLLATE "C" NOT NULL,   -- "RFD-000001": what the transfer's text says
	sequence bigint NOT NULL,
	payment uuid NOT NULL,              -- whose cash it is
	customer uuid,                      -- null: of cash that nobody has recognised
	currency char(3) COLLATE "C" NOT NULL,
	amount_minor bigint NOT NULL CHECK (amount_minor > 0),
	paid_minor bigint NOT NULL DEFAULT 0 CHECK (paid_minor BETWEEN 0 AND amount_minor),
	payee_name text,
	payee_iban text COLLATE "C",
	reason text NOT NULL,
	-- recover: paid out, and then the bank took the payment itself back
	state text COLLATE "C" NOT NULL DEFAULT 'owed' CHECK (state IN ('owed', 'paid', 'cancelled', 'recover')),
	cancelling uuid,                    -- the posting that cancels it
	made_at timestamptz NOT NULL,       -- by the creditor's clock
	made_by text NOT NULL,
	PRIMARY KEY (creditor, id),
	CONSTRAINT refund_number UNIQUE (creditor, number),
	CONSTRAINT refund_sequence UNIQUE (creditor, sequence),
	CHECK (state <> 'paid' OR paid_minor = amount_minor)
);
CREATE INDEX refund_payment ON payments.refund (creditor, payment);
CREATE INDEX refund_owed ON payments.refund (creditor) WHERE state = 'owed';

-- A debit that paid it out, whole or in part.
CREATE TABLE payments.payout (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,                   -- also the id of the posting that books it
	refund uuid NOT NULL,
	payment uuid NOT NULL,              -- the debit
	amount_minor bigint NOT NULL CHECK (amount_minor > 0),
	evidence text NOT NULL,
	done_at timestamptz NOT NULL,       -- by the creditor's clock
	done_by text NOT NULL,
	PRIMARY KEY (creditor, id),
	CONSTRAINT payout_payment UNIQUE (creditor, payment),
	FOREIGN KEY (creditor, refund) REFERENCES payments.refund
);
CREATE INDEX payout_refund ON payments.payout (creditor, refund);

GRANT SELECT, INSERT, UPDATE ON payments.refund TO relance_payments;
GRANT SELECT, INSERT ON payments.payout TO relance_payments;
GRANT SELECT ON payments.refund, payments.payout TO relance_invoicing, relance_credit, relance_notification;

-- migrate:down
DROP TABLE payments.payout, payments.refund;
