-- migrate:up
-- How the statements of an account follow each other, by their balances and their numbers, whatever order they came in;
-- and what was said of a file beside its bytes.

ALTER TABLE payments.statement
	ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'final' -- notice, interim: comes again in a statement, and is no link of the chain
		CHECK (kind IN ('final', 'notice', 'interim')),
	DROP CONSTRAINT statement_chain_check,
	-- gap: statements are missing before it; overlap: it repeats what an earlier one brought; broken: its number follows, its
	-- opening balance does not.
	ADD CONSTRAINT statement_chain_check CHECK (chain IN ('first', 'continues', 'gap', 'overlap', 'broken', 'unknown'));

-- The statement before is the last by closing day, number and import. Numbers begin again each year. missing: how many
-- numbers were left out; difference: opening less the closing before; out_of_order: imported before the one it follows.
CREATE FUNCTION payments.statement_link(of_creditor text, of_statement uuid, OUT chain text, OUT missing bigint,
	OUT difference_minor bigint, OUT out_of_order boolean)
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN this.kind <> 'final' OR this.opening_minor IS NULL OR this.closing_on IS NULL THEN 'unknown'
	            WHEN before.id IS NULL THEN 'first'
	            WHEN coalesce(jump.by, 0) > 0 THEN 'gap'
	            WHEN this.opening_minor = before.closing_minor THEN 'continues'
	            WHEN this.duplicates > 0 OR this.sequence = before.sequence OR this.opening_on < before.opening_on THEN 'overlap'
	            WHEN jump.by = 0 THEN 'broken'
	            ELSE 'gap' END,
	       greatest(coalesce(jump.by, 0), 0),
	       coalesce(this.opening_minor - before.closing_minor, 0),
	       coalesce(before.id > this.id, false)
	  FROM payments.statement this
	  LEFT JOIN LATERAL (
		SELECT s.id, s.sequence, s.opening_on, s.closing_on, s.closing_minor FROM payments.statement s
		 WHERE s.creditor = this.creditor AND s.bank_account = this.bank_account AND s.kind = 'final' AND this.kind = 'final'
		   AND s.closing_minor IS NOT NULL
		   AND (s.closing_on, coalesce(s.sequence, 0), s.id) < (this.closing_on, coalesce(this.sequence, 0), this.id)
		 ORDER BY s.closing_on DESC, coalesce(s.sequence, 0) DESC, s.id DESC LIMIT 1) before ON true
	  LEFT JOIN LATERAL (
		SELECT this.sequence - before.sequence - 1 AS by
		 WHERE extract(year FROM this.closing_on) = extract(year FROM before.closing_on) AND this.sequence > before.sequence
	  ) jump ON true
	 WHERE this.creditor = of_creditor AND this.id = of_statement
$$;

ALTER TABLE payments.file
	ADD COLUMN profile text,                     -- of a CSV file: the one asked for
	ADD COLUMN account text COLLATE "C",         -- where the file tells none
	ADD COLUMN currency char(3) COLLATE "C";

-- migrate:down
ALTER TABLE payments.file DROP COLUMN currency, DROP COLUMN account, DROP COLUMN profile;
DROP FUNCTION payments.statement_link(text, uuid);
UPDATE payments.statement SET chain = 'broken' WHERE chain IN ('gap', 'overlap');
ALTER TABLE payments.statement DROP COLUMN kind, DROP CONSTRAINT statement_chain_check,
	ADD CONSTRAINT statement_chain_check CHECK (chain IN ('first', 'continues', 'broken', 'unknown'));
