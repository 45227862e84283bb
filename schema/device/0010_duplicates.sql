-- Who may stand in the register twice. All of it is a projection. Released files are frozen.

-- The persons of each household as they are compared, one line a household.
CREATE TABLE persons (
    id    INTEGER PRIMARY KEY,                -- row_log.id
    stamp INTEGER NOT NULL,                   -- grows with every write, so that one knows what is new
    gone  INTEGER NOT NULL,                   -- members struck out as duplicates
    body  TEXT NOT NULL                       -- JSON
);
CREATE INDEX persons_stamp ON persons (stamp);
CREATE INDEX persons_gone ON persons (id) WHERE gone > 0;

-- What comparing found. Decisions are not in here, and no value of anybody.
CREATE TABLE suspicion (
    id           BLOB PRIMARY KEY,            -- 16 bytes, the same on every device
    kind         INTEGER NOT NULL,
    left_row     INTEGER NOT NULL,            -- persons.id
    left_member  BLOB NOT NULL,
    right_row    INTEGER NOT NULL,
    right_member BLOB NOT NULL,
    probability  REAL NOT NULL,
    reasons      TEXT NOT NULL                -- JSON
) WITHOUT ROWID;
CREATE INDEX suspicion_left ON suspicion (left_row);
CREATE INDEX suspicion_right ON suspicion (right_row);

-- Households with pairs that wait for a person: what a queue is ordered by. Written when the search has come to its end,
-- and at a decision.
CREATE TABLE suspected (
    household BLOB PRIMARY KEY,
    pairs     INTEGER NOT NULL
) WITHOUT ROWID;

-- Decisions about pairs, as the verifications of the households have them.
CREATE TABLE pair_decision (
    household       BLOB NOT NULL,
    id              BLOB NOT NULL,            -- of the event; the same in the verifications of both households
    member          BLOB NOT NULL,
    other_household BLOB NOT NULL,
    other_member    BLOB NOT NULL,
    verdict         TEXT NOT NULL,
    keeps           INTEGER NOT NULL,         -- 0 none goes, 1 this stays, 2 the other
    taken           TEXT NOT NULL,            -- JSON
    reason          TEXT NOT NULL,
    step            INTEGER NOT NULL,
    at              INTEGER NOT NULL,         -- milliseconds since 1970
    change          BLOB NOT NULL,            -- hash: its line in the log says by whom
    PRIMARY KEY (household, id)
) WITHOUT ROWID;
