-- migrate:up
-- What the coming days would bring as it was seen at the start of a creditor's day: `dunning preview` tells what has
-- changed since. Only what is due within the horizon, and only of the last days.
CREATE TABLE notification.outlook_day (
	creditor text COLLATE "C" NOT NULL,
	taken_on date NOT NULL,
	until_on date NOT NULL,                     -- last day that was looked at
	PRIMARY KEY (creditor, taken_on)
);
CREATE TABLE notification.outlook (
	creditor text COLLATE "C" NOT NULL,
	taken_on date NOT NULL,
	customer uuid NOT NULL,
	customer_number text NOT NULL,
	currency char(3) COLLATE "C" NOT NULL,
	step text COLLATE "C" NOT NULL,
	channel text COLLATE "C" NOT NULL,
	leaves_on date NOT NULL,
	amount_minor bigint NOT NULL,
	PRIMARY KEY (creditor, taken_on, customer, currency, step, leaves_on),
	FOREIGN KEY (creditor, taken_on) REFERENCES notification.outlook_day ON DELETE CASCADE
);
GRANT SELECT, INSERT, DELETE ON notification.outlook_day, notification.outlook TO relance_notification;

-- Thanks for paying on time: when a customer was last told.
CREATE TABLE notification.thanked (
	creditor text COLLATE "C" NOT NULL,
	customer uuid NOT NULL,
	thanked_on date NOT NULL,
	PRIMARY KEY (creditor, customer)
);
GRANT SELECT, INSERT, UPDATE ON notification.thanked TO relance_notification;

-- A plan that a reminder proposes: the debtor's one word makes it stand.
ALTER TABLE notification.agreement ADD COLUMN reminder uuid;
CREATE INDEX agreement_reminder ON notification.agreement (creditor, reminder) WHERE reminder IS NOT NULL;

-- migrate:down
DROP INDEX notification.agreement_reminder;
ALTER TABLE notification.agreement DROP COLUMN reminder;
DROP TABLE notification.thanked, notification.outlook, notification.outlook_day;
