-- The server's store, records that moved because a village was split or merged. Frozen once released.

-- The village in which the line was written, when the record moved since: the chained log covers that one.
ALTER TABLE row_log ADD COLUMN first_village TEXT;
ALTER TABLE change_log ADD COLUMN first_village TEXT;

-- Every move, with who ran the command. Only added to.
CREATE TABLE moved (
    id           INTEGER PRIMARY KEY,
    household    BLOB NOT NULL CHECK (length(household) = 16),
    from_village TEXT NOT NULL,
    to_village   TEXT NOT NULL,
    position     INTEGER NOT NULL,      -- evidence.position
    reason       TEXT NOT NULL,         -- empty at a hub: the district does not say it there
    account      TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT;
CREATE INDEX moved_household ON moved (household);
CREATE INDEX moved_from ON moved (from_village);
