-- migrate:up
-- The log is kept for a time: what is older, and what all our own readers have handled, goes in batches from its
-- beginning. Its newest event always stays: the next number is reckoned from it.

CREATE TABLE feed.purged (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	sequence bigint NOT NULL                    -- the last number that was taken out; 0: none yet
);
INSERT INTO feed.purged (sequence) VALUES (0);

CREATE OR REPLACE FUNCTION feed.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' AND current_setting('relance.feed_purge', true) = 'on' THEN
		RETURN NULL;
	END IF;
	RAISE EXCEPTION 'feed.append_only' USING ERRCODE = 'RL002', DETAIL = format('%s on %s', TG_OP, TG_TABLE_NAME);
END
$$;

-- Takes out at most p_limit events that are older than p_days, up to the slowest of our own readers. Returns how many.
CREATE FUNCTION feed.purge(p_days integer, p_limit integer)
	RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	before bigint;
	until bigint;
	gone bigint;
BEGIN
	SELECT p.sequence INTO before FROM feed.purged p FOR UPDATE;
	SELECT max(e.sequence) INTO until
	  FROM (SELECT n.sequence, n.recorded_at FROM feed.event n WHERE n.sequence > before ORDER BY n.sequence LIMIT p_limit) e
	 WHERE e.recorded_at < clock_timestamp() - make_interval(days => p_days);
	IF until IS NULL THEN
		RETURN 0;
	END IF;
	until := least(until, (SELECT min(r.sequence) FROM feed.reader r), (SELECT max(n.sequence) - 1 FROM feed.event n));
	IF until <= before THEN
		RETURN 0;
	END IF;
	PERFORM set_config('relance.feed_purge', 'on', true);
	DELETE FROM feed.event n WHERE n.sequence > before AND n.sequence <= until;
	GET DIAGNOSTICS gone = ROW_COUNT;
	PERFORM set_config('relance.feed_purge', 'off', true);
	UPDATE feed.purged SET sequence = until;
	RETURN gone;
END
$$;
REVOKE ALL ON FUNCTION feed.purge(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION feed.purge(integer, integer) TO relance_feed;
GRANT SELECT ON feed.purged TO relance_feed;

-- migrate:down
DROP FUNCTION feed.purge;
CREATE OR REPLACE FUNCTION feed.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'feed.append_only' USING ERRCODE = 'RL002', DETAIL = format('%s on %s', TG_OP, TG_TABLE_NAME);
END
$$;
DROP TABLE feed.purged;
