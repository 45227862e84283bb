-- The server's store, restriction of processing on request. Frozen once released.

-- Cache: what is restricted now, as the administration of the record says. `member`: a person of it; no bytes: all of it.
CREATE TABLE restricted (
    household BLOB NOT NULL CHECK (length(household) = 16),
    member    BLOB NOT NULL,
    PRIMARY KEY (household, member)
) STRICT;

-- At the district: every restriction and every lifting, with who ran the command. Only added to.
CREATE TABLE restriction (
    id         INTEGER PRIMARY KEY,
    household  BLOB NOT NULL CHECK (length(household) = 16),
    member     BLOB,                    -- null: the whole record
    restricted INTEGER NOT NULL,        -- 0: lifted
    reason     TEXT NOT NULL,
    account    TEXT NOT NULL,
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX restriction_household ON restriction (household);
