-- migrate:up
-- Who booked a file that was held, when, and why: the file itself then reads as imported.
CREATE TABLE payments.file_acceptance (
	creditor text COLLATE "C" NOT NULL,
	file uuid NOT NULL,
	accepted_at timestamptz NOT NULL,               -- by the creditor's clock
	accepted_by text NOT NULL,
	reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
	held_for text COLLATE "C" NOT NULL,             -- why it had been held: 'statement.balance', …
	held_message text,
	PRIMARY KEY (creditor, file),
	FOREIGN KEY (creditor, file) REFERENCES payments.file
);
GRANT SELECT, INSERT ON payments.file_acceptance TO relance_payments;

-- migrate:down
DROP TABLE payments.file_acceptance;
