-- migrate:up
-- Dunning policies, cases, reminders and tasks. A reminder's row is its schedule and its history; Redis only
-- holds the ids of those that are on their way.

-- Written by people as YAML; a creditor's highest version is in force.
CREATE TABLE notification.policy (
	creditor text COLLATE "C" NOT NULL,
	version integer NOT NULL CHECK (version > 0),
	name text NOT NULL,
	body text NOT NULL CHECK (octet_length(body) <= 65536),
	applied_at timestamptz NOT NULL,
	PRIMARY KEY (creditor, version)
);

-- One customer's overdue position in one currency, from the first overdue day until nothing that was chased is overdue
-- any more: one climb of the ladder.
CREATE TABLE notification.dunning_case (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,
	customer uuid NOT NULL,
	customer_number text NOT NULL,
	currency char(3) COLLATE "C" NOT NULL,
	opened_at timestamptz NOT NULL,
	closed_at timestamptz,
	close_reason text COLLATE "C",
	last_step text COLLATE "C",                 -- the rung that was planned last
	last_offset_days integer NOT NULL DEFAULT 0,
	last_on date,                               -- when it was planned to leave, then when it left
	anchor_due_on date,                         -- due date of the oldest overdue invoice at the last look
	next_on date,                               -- when to look again if nothing is paid; null: when something happens
	PRIMARY KEY (creditor, id),
	CHECK ((closed_at IS NULL) = (close_reason IS NULL))
);
CREATE UNIQUE INDEX dunning_case_open ON notification.dunning_case (creditor, customer, currency) WHERE closed_at IS NULL;
CREATE INDEX dunning_case_next ON notification.dunning_case (creditor, next_on) WHERE closed_at IS NULL;

-- `scope` is the case; for a note on single invoices, the customer's notes of one day. A step happens once in its
-- scope, whoever plans it, however often: the key below is what keeps a reminder from being sent twice.
CREATE TABLE notification.reminder (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,                           -- made of scope and step
	scope uuid NOT NULL,
	step text COLLATE "C" NOT NULL,
	dunning_case uuid,                          -- null for a note
	customer uuid NOT NULL,
	customer_number text NOT NULL,
	currency char(3) COLLATE "C" NOT NULL,
	channel text COLLATE "C" NOT NULL CHECK (channel IN ('mail', 'task', 'internal_mail', 'hold', 'file')),
	policy_version integer NOT NULL,
	state text COLLATE "C" NOT NULL DEFAULT 'scheduled' CHECK (state IN
		('scheduled', 'queued', 'sending', 'sent', 'spared', 'failed', 'dead', 'cancelled')),
	reason text,                                -- why it was not sent, or what it waits for
	effective_on date NOT NULL,                 -- the day that the policy asks for
	due_at timestamptz NOT NULL,                -- on the creditor's clock; later where the step was caught up
	done_at timestamptz,                        -- on the creditor's clock
	not_before timestamptz,                     -- on the system's clock: a retry, or a rate limit
	queued_at timestamptz,                      -- on the system's clock
	attempt integer NOT NULL DEFAULT 0,
	lease_until timestamptz,                    -- a worker that is silent until then has lost the reminder
	lease_token uuid,                           -- the fence: only the newest claim can record an outcome
	recipient text,
	message_id text COLLATE "C",
	amount_minor bigint NOT NULL CHECK (amount_minor > 0),
	PRIMARY KEY (creditor, id),
	CONSTRAINT reminder_once UNIQUE (creditor, scope, step),
	FOREIGN KEY (creditor, dunning_case) REFERENCES notification.dunning_case,
	CHECK ((state IN ('sent', 'spared', 'failed', 'dead', 'cancelled')) = (done_at IS NOT NULL)),
	CHECK (state <> 'sending' OR (lease_until IS NOT NULL AND lease_token IS NOT NULL))
);
CREATE INDEX reminder_due ON notification.reminder (creditor, due_at) WHERE state = 'scheduled';
CREATE INDEX reminder_under_way ON notification.reminder (creditor, id) WHERE state IN ('queued', 'sending');
CREATE INDEX reminder_case ON notification.reminder (creditor, dunning_case) WHERE dunning_case IS NOT NULL;
CREATE INDEX reminder_customer ON notification.reminder (creditor, customer_number);
CREATE INDEX reminder_in_order ON notification.reminder (creditor, due_at, id);

-- The invoices that a reminder lists: as planned, then as sent.
CREATE TABLE notification.reminder_item (
	creditor text COLLATE "C" NOT NULL,
	reminder uuid NOT NULL,
	item uuid NOT NULL,
	number text NOT NULL,
	open_minor bigint NOT NULL,
	due_on date NOT NULL,
	note text COLLATE "C",                      -- the step, where it is a note
	PRIMARY KEY (creditor, reminder, item),
	FOREIGN KEY (creditor, reminder) REFERENCES notification.reminder
);
-- An invoice gets each note once.
CREATE UNIQUE INDEX reminder_item_note ON notification.reminder_item (creditor, item, note) WHERE note IS NOT NULL;
CREATE INDEX reminder_item_item ON notification.reminder_item (creditor, item);

-- Work for people.
CREATE TABLE notification.task (
	creditor text COLLATE "C" NOT NULL,
	id uuid NOT NULL,                           -- made of the reminder and the kind
	kind text COLLATE "C" NOT NULL CHECK (kind IN ('call', 'letter', 'agency_file', 'address')),
	reminder uuid NOT NULL,
	customer uuid NOT NULL,
	customer_number text NOT NULL,
	currency char(3) COLLATE "C" NOT NULL,
	amount_minor bigint NOT NULL,
	note text NOT NULL,
	made_at timestamptz NOT NULL,
	done_at timestamptz,
	PRIMARY KEY (creditor, id),
	FOREIGN KEY (creditor, reminder) REFERENCES notification.reminder
);
CREATE INDEX task_open ON notification.task (creditor, made_at, id) WHERE done_at IS NULL;

-- What the planner has looked at: it looks again when an event has come in since, or the day has changed.
CREATE TABLE notification.plan (
	creditor text COLLATE "C" PRIMARY KEY,
	sequence bigint NOT NULL,                   -- newest event of the feed
	planned_at timestamptz NOT NULL             -- on the creditor's clock
);

-- Invoices whose receipt check is due are found by their date.
CREATE INDEX open_item_issued ON ledger.open_item (creditor, issued_on) WHERE open_minor > 0;

GRANT SELECT ON notification.policy, notification.dunning_case, notification.reminder, notification.reminder_item,
	notification.task TO relance_invoicing, relance_payments, relance_credit, relance_feed;
GRANT SELECT, INSERT ON notification.policy TO relance_notification;
GRANT SELECT, INSERT, UPDATE ON notification.dunning_case, notification.reminder, notification.task, notification.plan
	TO relance_notification;
GRANT SELECT, INSERT, DELETE ON notification.reminder_item TO relance_notification;

-- migrate:down
DROP INDEX ledger.open_item_issued;
DROP TABLE notification.plan, notification.task, notification.reminder_item, notification.reminder,
	notification.dunning_case, notification.policy;
