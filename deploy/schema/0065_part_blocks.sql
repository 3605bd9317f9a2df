-- migrate:up
-- Parts of files as LZ4 blocks, as their senders pack them: the server neither packs nor unpacks them.
ALTER TABLE payments.file_part
	ADD COLUMN plain_bytes integer CHECK (plain_bytes BETWEEN 1 AND 1048576); -- in the block; null: content is the bytes

-- migrate:down
DO $$
BEGIN
	IF EXISTS (SELECT FROM payments.file_part WHERE plain_bytes IS NOT NULL) THEN
		RAISE EXCEPTION 'bank files are stored as LZ4 blocks, which the older version cannot read';
	END IF;
END
$$;
ALTER TABLE payments.file_part DROP COLUMN plain_bytes;
