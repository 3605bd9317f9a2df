-- migrate:up
-- When a worker last claimed the reminder, on the system's clock: what was booked before then, the claim has seen.
ALTER TABLE notification.reminder ADD COLUMN claimed_at timestamptz;

-- A table that was empty when it was last looked at is planned for as if it still were: the first great import, and the
-- first great plan, would read whole indexes for each row until autovacuum comes round. The planner of reminders asks
-- for fresh statistics while it fills its tables; only their owner may collect them, hence the function.
CREATE FUNCTION notification.refresh_statistics()
	RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	ANALYZE notification.dunning_case, notification.reminder, notification.reminder_item;
END
$$;
REVOKE EXECUTE ON FUNCTION notification.refresh_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION notification.refresh_statistics() TO relance_notification;

-- migrate:down
ALTER TABLE notification.reminder DROP COLUMN claimed_at;
DROP FUNCTION notification.refresh_statistics();
