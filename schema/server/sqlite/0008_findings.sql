-- The server's store, what registers outside say of the persons. Frozen once released.

-- A file of the civil registry or of a programme that was imported.
CREATE TABLE finding_import (
    id       INTEGER PRIMARY KEY,
    source   TEXT NOT NULL,             -- dukcapil, or a programme
    dated    TEXT NOT NULL,             -- date of the file, ISO
    hash     BLOB NOT NULL CHECK (length(hash) = 32),
    entries  INTEGER NOT NULL,          -- rows of the file
    refused  INTEGER NOT NULL,          -- of them, rows that were refused
    at       INTEGER NOT NULL           -- when it was imported
) STRICT;
CREATE INDEX finding_import_hash ON finding_import (hash);

-- What the newest file of a source says of a member of a household: names of fields, never values of the other
-- register. `past`: JSON, dates and results of the files before, the newest first.
CREATE TABLE finding (
    household BLOB NOT NULL CHECK (length(household) = 16),
    member    BLOB NOT NULL CHECK (length(member) = 16),
    source    TEXT NOT NULL,
    village   TEXT NOT NULL,
    result    TEXT NOT NULL,
    dated     TEXT NOT NULL,
    detail    TEXT NOT NULL,            -- JSON
    past      TEXT NOT NULL,
    PRIMARY KEY (household, member, source)
) STRICT;
CREATE INDEX finding_village ON finding (village, source);

-- Cache at the district, truth at a hub: the findings of a village as they travel, zstd, signed by the district. No
-- bytes: they have to be made (at a hub: fetched) anew.
CREATE TABLE finding_package (
    village   TEXT PRIMARY KEY,
    version   INTEGER NOT NULL,
    hash      BLOB NOT NULL CHECK (length(hash) = 32),
    signature BLOB NOT NULL CHECK (length(signature) = 64),
    body      BLOB NOT NULL
) STRICT;
