-- The district server's store, version 4: documents beside the field answers.

-- Which document of the record: 0 field answers, 1 verification, 2 administration. `household` and its running
-- counts hold all three; the cached document is the field answers alone.
ALTER TABLE change_log ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
CREATE INDEX change_log_side ON change_log (household, kind, seq) WHERE kind > 0;
ALTER TABLE quarantine ADD COLUMN document INTEGER NOT NULL DEFAULT 0;
