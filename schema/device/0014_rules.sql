-- Rules that the district published. Released files are frozen.

-- The newest, and one before it while this program cannot read the newest.
CREATE TABLE rule_book (
    version INTEGER NOT NULL,                 -- the district's number of the publication
    hash    BLOB NOT NULL,
    json    TEXT NOT NULL
);
