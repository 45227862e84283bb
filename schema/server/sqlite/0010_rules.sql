-- The server's store, the district's rules. Frozen once released.

-- Every publication: all sets that hold from then on, as a package (zstd). At a hub: those that it fetched, under the
-- district's number.
CREATE TABLE rule_book (
    version      INTEGER PRIMARY KEY,
    hash         BLOB NOT NULL CHECK (length(hash) = 32),
    signature    BLOB NOT NULL CHECK (length(signature) = 64),
    body         BLOB NOT NULL,
    published_at INTEGER NOT NULL
) STRICT;
