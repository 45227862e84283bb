-- Records that moved to another village because theirs was split or merged. Released files are frozen.

-- What the district said of it, newest word a record.
CREATE TABLE moved (
    household    BLOB PRIMARY KEY,
    number       INTEGER NOT NULL,            -- of the word: the newest counts, wherever it was heard
    from_village TEXT NOT NULL,
    to_village   TEXT NOT NULL,
    to_name      TEXT NOT NULL,               -- with its kecamatan
    at           INTEGER NOT NULL             -- when this device heard of it, milliseconds since 1970
) WITHOUT ROWID;
