-- migrate:up
-- Cash application knows the instalments of plans that stand: one that is paid goes on the plan's invoices.
GRANT SELECT ON notification.agreement_item, notification.instalment TO relance_payments;
CREATE INDEX agreement_plan ON notification.agreement (creditor, customer) WHERE state = 'stands' AND kind = 'plan';

-- migrate:down
DROP INDEX notification.agreement_plan;
REVOKE SELECT ON notification.agreement_item, notification.instalment FROM relance_payments;
