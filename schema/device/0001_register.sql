-- The device's database. Released files are frozen: a change is a new file.
--
-- Truth: row_log, change_log, draft_entry, photo, meta. They are only added to; a state moves from
-- "made here" to "at the server" or "refused", and a draft's entries leave only after a change was made
-- of them.
-- Everything under "Projection" can be rebuilt from the truth (`lawang device rebuild`).

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- One bare register row a household: the document's first change is a function of it.
CREATE TABLE row_log (
    id        INTEGER PRIMARY KEY,
    household BLOB NOT NULL UNIQUE,           -- 16 bytes
    village   TEXT NOT NULL,                  -- Kemendagri code
    body      BLOB NOT NULL,                  -- canonical bytes
    digest    BLOB NOT NULL,                  -- SHA-256, 32 bytes
    state     INTEGER NOT NULL,               -- 0 made here, 1 at the server, 2 refused
    reason    TEXT                            -- code, when refused
);
CREATE INDEX row_log_village ON row_log (village, state);
CREATE INDEX row_log_unsent ON row_log (id) WHERE state = 0;

-- Every change to a document, in the order in which it came to this device.
CREATE TABLE change_log (
    id        INTEGER PRIMARY KEY,
    hash      BLOB NOT NULL UNIQUE,           -- 32 bytes
    household BLOB NOT NULL,
    village   TEXT NOT NULL,
    body      BLOB NOT NULL,                  -- raw automerge change
    device    BLOB NOT NULL,                  -- 16 bytes; zeros: the register itself
    person    TEXT NOT NULL,
    role      TEXT NOT NULL,
    at        INTEGER NOT NULL,               -- seconds since 1970, the author's clock
    state     INTEGER NOT NULL,               -- 0 made here, 1 at the server, 2 refused
    seq       INTEGER,                        -- number in the server's order
    reason    TEXT,                           -- code, when refused
    applied   INTEGER NOT NULL DEFAULT 1      -- 0: kept, but this program could not apply it
);
CREATE INDEX change_log_household ON change_log (household, id);
CREATE INDEX change_log_village ON change_log (village, state);
CREATE INDEX change_log_unsent ON change_log (id) WHERE state = 0;

-- A visit that is open: what the form was opened with.
CREATE TABLE draft (
    household BLOB PRIMARY KEY,
    visit     BLOB NOT NULL,                  -- the visit's instance id
    heads     BLOB NOT NULL,                  -- 32 bytes each
    form      TEXT NOT NULL,
    version   TEXT NOT NULL,
    started   INTEGER NOT NULL,               -- milliseconds since 1970
    page      TEXT NOT NULL DEFAULT '',
    visited   TEXT NOT NULL DEFAULT ''        -- pages that were opened, separated by newlines
) WITHOUT ROWID;

-- Every answer as it was typed, until the visit ends.
CREATE TABLE draft_entry (
    id        INTEGER PRIMARY KEY,
    household BLOB NOT NULL,
    kind      INTEGER NOT NULL,               -- 0 answer, 1 new instance
    path      TEXT NOT NULL,                  -- field path, or `repeat/uuid`
    value     TEXT NOT NULL,                  -- the answer, or the instance's order
    at        INTEGER NOT NULL,               -- milliseconds since 1970
    folded    INTEGER NOT NULL DEFAULT 0      -- 1: part of a change; kept until the visit ends
);
CREATE INDEX draft_entry_household ON draft_entry (household, id);

-- Photos by their content. They leave the device after the data.
CREATE TABLE photo (
    hash      BLOB PRIMARY KEY,               -- SHA-256
    household BLOB NOT NULL,
    mime      TEXT NOT NULL,
    len       INTEGER NOT NULL,
    state     INTEGER NOT NULL,               -- 0 only here, 1 at the server, 2 refused
    body      BLOB NOT NULL
);
CREATE INDEX photo_unsent ON photo (state) WHERE state = 0;

-- Villages in scope and how far their rows are fetched.
CREATE TABLE scope (
    village    TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    district   TEXT NOT NULL,
    regency    TEXT NOT NULL,
    row_cursor INTEGER NOT NULL DEFAULT 0,
    active     INTEGER NOT NULL DEFAULT 1     -- 0: no longer in scope; its data stay
) WITHOUT ROWID;

-- Pages of rows that are on disk and not yet unpacked.
CREATE TABLE page_inbox (
    id      INTEGER PRIMARY KEY,
    village TEXT NOT NULL,
    body    BLOB NOT NULL                     -- zstd
);

-- What happened in each exchange with the server, for people.
CREATE TABLE sync_log (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,                 -- milliseconds since 1970
    ok      INTEGER NOT NULL,
    report  TEXT NOT NULL,                    -- JSON
    receipt BLOB NOT NULL
);

-- Projection ---------------------------------------------------------------------------------------

CREATE TABLE household (
    id         INTEGER PRIMARY KEY,           -- row_log.id
    household  BLOB NOT NULL UNIQUE,
    village    TEXT NOT NULL,
    head       TEXT NOT NULL,
    address    TEXT NOT NULL,
    sls        TEXT NOT NULL,
    rt         TEXT NOT NULL,
    rw         TEXT NOT NULL,
    members    INTEGER NOT NULL,
    state      TEXT NOT NULL,                 -- as in the list of visit states
    unsent     INTEGER NOT NULL,
    conflicts  INTEGER NOT NULL,
    last_visit TEXT NOT NULL,
    programmes TEXT NOT NULL,                 -- words separated by commas
    sort       TEXT NOT NULL                  -- village, RW, RT, head
);
CREATE INDEX household_sort ON household (sort);
CREATE INDEX household_village ON household (village, sort);
CREATE INDEX household_state ON household (village, state);
CREATE INDEX household_conflicts ON household (conflicts) WHERE conflicts > 0;
CREATE INDEX household_unsent ON household (unsent) WHERE unsent > 0;

-- Search anywhere in a word: names, address, dusun, RT/RW, No. KK, NIK.
CREATE VIRTUAL TABLE search USING fts5 (
    text, content = '', contentless_delete = 1, tokenize = 'trigram remove_diacritics 1'
);

-- Documents as they were after the change `upto`; later changes are applied on top.
CREATE TABLE snapshot (
    household BLOB PRIMARY KEY,
    upto      INTEGER NOT NULL,
    doc       BLOB NOT NULL
);
