-- Evidence for a proposal to remove a family; whose list a household stands on top of. Released files are frozen.

-- Files that are to go with a proposal and that somebody has not proposed with yet.
CREATE TABLE evidence_draft (
    household BLOB NOT NULL,
    hash      BLOB NOT NULL,
    mime      TEXT NOT NULL,
    body      BLOB NOT NULL,
    added     INTEGER NOT NULL,               -- milliseconds since 1970
    PRIMARY KEY (household, hash)
);
CREATE INDEX evidence_draft_hash ON evidence_draft (hash);

-- Projection: hashes (32 bytes each) of the files that the proposal in force shows; null: not looked at yet.
ALTER TABLE review ADD COLUMN evidence BLOB;
CREATE INDEX review_removal ON review (household) WHERE removal <> '';

-- Projection: 1 where the household stands on top of the list of whoever holds this device: it came back to them, or was
-- given to them.
ALTER TABLE household ADD COLUMN on_top INTEGER NOT NULL DEFAULT 0;
DROP INDEX household_first;
DROP INDEX household_village_first;
CREATE INDEX household_top ON household (on_top DESC, sort);
CREATE INDEX household_village_top ON household (village, on_top DESC, sort);
