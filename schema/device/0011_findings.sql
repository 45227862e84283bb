-- What registers outside say of the persons. Released files are frozen.

-- As the district signed it, of the villages whose findings this device's person may see; never made here.
CREATE TABLE finding (
    household BLOB NOT NULL,
    member    BLOB NOT NULL,
    source    TEXT NOT NULL,                  -- dukcapil, or a programme
    village   TEXT NOT NULL,
    result    TEXT NOT NULL,
    dated     TEXT NOT NULL,                  -- date of the file, ISO
    detail    TEXT NOT NULL,                  -- JSON: names of fields, never values of the other register
    PRIMARY KEY (household, member, source)
) WITHOUT ROWID;
CREATE INDEX finding_village ON finding (village);

-- Which package of each village is here.
CREATE TABLE finding_held (
    village TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    hash    BLOB NOT NULL
) WITHOUT ROWID;

-- Pieces of packages under way.
CREATE TABLE finding_part (
    hash     BLOB NOT NULL,
    position INTEGER NOT NULL,
    village  TEXT NOT NULL,
    body     BLOB NOT NULL,
    PRIMARY KEY (hash, position)
) WITHOUT ROWID;
