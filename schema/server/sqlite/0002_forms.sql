-- The district server's store, version 2: questionnaires as published data, and records that are no household.

-- Every version that was ever published, whole: visits are read with the version that they name. `body` is
-- the package as it is sent (zstd), `hash` the SHA-256 of what it inflates to. The questionnaire that comes
-- with the program is among them (`built_in`), so that a later program still knows it.
CREATE TABLE form (
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL,
    version      TEXT NOT NULL,
    hash         BLOB NOT NULL CHECK (length(hash) = 32),
    title        TEXT NOT NULL,
    questions    INTEGER NOT NULL,
    files        INTEGER NOT NULL,
    body         BLOB NOT NULL,
    built_in     INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    UNIQUE (id, version)
) STRICT;
CREATE INDEX form_hash ON form (hash);

-- Which questionnaire a record answers; null: the household visit. It stands in the record's row (`_form`)
-- and never changes.
ALTER TABLE household ADD COLUMN form TEXT;
CREATE INDEX household_form ON household (form, village) WHERE form IS NOT NULL;
CREATE INDEX household_flagged ON household (id) WHERE flags IS NOT NULL;
