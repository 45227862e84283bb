-- The district server's store, version 1. Frozen once released: a later change is a later file.
--
-- Two append-only logs are the truth: `row_log` (households as the register or a device first gave
-- them) and `change_log` (every accepted change, in the order of its commit). Each line carries the
-- running count and set digest of its village, so that the comparison at the end of a sync reads one
-- line per village instead of adding up the village. `household` and `page` are caches of the logs and
-- can be rebuilt. Nothing here is ever deleted; times are milliseconds since 1970, UTC.

-- What the server is: `id` (16 bytes), `seed` (32 bytes, ed25519).
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

-- An enrolled device. `incarnation` and `made` are those of its last exchange.
CREATE TABLE device (
    id          BLOB PRIMARY KEY CHECK (length(id) = 16),
    public_key  BLOB NOT NULL CHECK (length(public_key) = 32),
    person      TEXT NOT NULL,
    role        TEXT NOT NULL,
    villages    TEXT NOT NULL,          -- codes joined by one comma
    app         TEXT NOT NULL,
    enrolled_at INTEGER NOT NULL,
    revoked_at  INTEGER,
    last_seen   INTEGER,
    incarnation BLOB,
    made        INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Codes are shown once and kept as SHA-256.
CREATE TABLE enrolment_code (
    hash       BLOB PRIMARY KEY CHECK (length(hash) = 32),
    person     TEXT NOT NULL,
    role       TEXT NOT NULL,
    villages   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    used_by    BLOB REFERENCES device (id)
) STRICT;

CREATE TABLE row_log (
    row_seq        INTEGER PRIMARY KEY,
    household      BLOB NOT NULL UNIQUE CHECK (length(household) = 16),
    village        TEXT NOT NULL,
    body           BLOB NOT NULL,       -- canonical bytes of the row
    digest         BLOB NOT NULL,
    device         BLOB,                -- null: the register
    received_at    INTEGER NOT NULL,
    village_rows   INTEGER NOT NULL,
    village_digest BLOB NOT NULL
) STRICT;
CREATE INDEX row_log_village ON row_log (village, row_seq);

CREATE TABLE change_log (
    seq             INTEGER PRIMARY KEY,
    hash            BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    household       BLOB NOT NULL REFERENCES row_log (household),
    village         TEXT NOT NULL,
    body            BLOB NOT NULL,      -- the raw change
    device          BLOB NOT NULL,      -- sixteen zero bytes: the register
    incarnation     BLOB NOT NULL,
    person          TEXT NOT NULL,
    role            TEXT NOT NULL,
    at              INTEGER NOT NULL,   -- by the author's clock, never later than received_at
    received_at     INTEGER NOT NULL,
    village_changes INTEGER NOT NULL,
    village_digest  BLOB NOT NULL
) STRICT;
CREATE INDEX change_log_village ON change_log (village, seq);
CREATE INDEX change_log_household ON change_log (household, seq);
CREATE INDEX change_log_device ON change_log (device, incarnation);

-- Cache: a household as it is now. `doc`, `heads` and `state` are null while nothing was changed since
-- its row, because they then follow from the row.
CREATE TABLE household (
    id              BLOB PRIMARY KEY CHECK (length(id) = 16),
    village         TEXT NOT NULL,
    register_digest BLOB,               -- of the newest row that a prelist gave
    doc             BLOB,
    heads           BLOB,               -- 32 bytes each, ascending
    state           TEXT,               -- JSON
    visit_state     TEXT NOT NULL DEFAULT 'not_visited',
    changes         INTEGER NOT NULL DEFAULT 0,
    max_op          INTEGER NOT NULL DEFAULT 0,
    flags           TEXT                -- JSON: what the server's own reading of the questionnaire found
) STRICT;
CREATE INDEX household_village ON household (village);

-- Cache: register rows as they are sent, zstd. A full page never changes; the last page of a village is
-- valid while `to_row` is the village's newest row.
CREATE TABLE page (
    village TEXT NOT NULL,
    after   INTEGER NOT NULL,
    to_row  INTEGER NOT NULL,
    rows    INTEGER NOT NULL,
    body    BLOB NOT NULL,
    PRIMARY KEY (village, after)
) STRICT;

-- Refused rows and changes, whole: never lost, never silent.
CREATE TABLE quarantine (
    id          INTEGER PRIMARY KEY,
    device      BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    hash        BLOB NOT NULL,
    household   BLOB NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('row', 'change')),
    code        TEXT NOT NULL,
    message     TEXT NOT NULL,
    body        BLOB NOT NULL,
    UNIQUE (device, hash, code)
) STRICT;

CREATE TABLE photo (
    hash        BLOB PRIMARY KEY CHECK (length(hash) = 32),
    len         INTEGER NOT NULL,
    household   BLOB NOT NULL,
    device      BLOB NOT NULL,
    offered_at  INTEGER NOT NULL DEFAULT 0,
    done        INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX photo_household ON photo (household);

-- Every batch that was opened, with the device's signature over its body.
CREATE TABLE batch (
    hash        BLOB PRIMARY KEY,
    device      BLOB NOT NULL,
    incarnation BLOB NOT NULL,
    signature   BLOB NOT NULL,
    clock       INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    things      INTEGER NOT NULL,
    refused     INTEGER NOT NULL
) STRICT;

-- Who looked at unmasked numbers.
CREATE TABLE reveal_log (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    what    TEXT NOT NULL,
    account TEXT NOT NULL
) STRICT;
