-- Questionnaires that were fetched, and records that are no household. Released files are frozen.

-- Whole packages, as they came: a visit is filled in with the version that it was begun with. A version goes
-- only when another is current, and no open or unsent visit names it.
CREATE TABLE form (
    id      TEXT NOT NULL,
    version TEXT NOT NULL,
    hash    BLOB NOT NULL,                    -- SHA-256 of what the body inflates to
    title     TEXT NOT NULL,                  -- Indonesian
    title_en  TEXT NOT NULL,
    questions INTEGER NOT NULL,               -- that people answer
    body    BLOB NOT NULL,                    -- zstd
    at      INTEGER NOT NULL,                 -- milliseconds since 1970; 0: it came with the program
    problem TEXT NOT NULL DEFAULT '',         -- why this program cannot use it
    PRIMARY KEY (id, version)
);

-- What the server says that new visits use.
CREATE TABLE form_current (
    id      TEXT PRIMARY KEY,
    version TEXT NOT NULL
) WITHOUT ROWID;

-- Pieces of packages under way.
CREATE TABLE form_part (
    hash     BLOB NOT NULL,
    position INTEGER NOT NULL,
    body     BLOB NOT NULL,
    PRIMARY KEY (hash, position)
) WITHOUT ROWID;

-- Projection ---------------------------------------------------------------------------------------

-- Submissions of other questionnaires than the household visit.
CREATE TABLE survey (
    id         INTEGER PRIMARY KEY,           -- row_log.id
    household  BLOB NOT NULL UNIQUE,          -- the record's id
    village    TEXT NOT NULL,
    form       TEXT NOT NULL,
    version    TEXT NOT NULL,                 -- of the last one who filled it in; may be empty
    name       TEXT NOT NULL,                 -- as its questionnaire calls it; may be empty
    person     TEXT NOT NULL,
    state      TEXT NOT NULL,                 -- as in the list of visit states
    unsent     INTEGER NOT NULL,
    conflicts  INTEGER NOT NULL,
    last_visit TEXT NOT NULL
);
CREATE INDEX survey_form ON survey (form, last_visit);
