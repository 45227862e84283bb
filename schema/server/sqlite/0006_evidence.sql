-- The server's store, evidence: what was taken and refused is chained. Frozen once released.

-- One entry a transaction that wrote to the logs. `entry` is SHA-256 over the entry before and this one's own
-- columns; `body` lists every line of the logs that it covers, with a hash over the line's columns, and what was
-- erased. `rows`, `changes` and `refused` are the newest numbers of those logs that are chained up to here.
CREATE TABLE evidence (
    position INTEGER PRIMARY KEY,       -- 1, 2, 3, ... without a gap
    at       INTEGER NOT NULL,
    kind     TEXT NOT NULL,             -- begin, taken, erased, compacted, restored
    rows     INTEGER NOT NULL,
    changes  INTEGER NOT NULL,
    refused  INTEGER NOT NULL,
    body     BLOB NOT NULL,
    entry    BLOB NOT NULL CHECK (length(entry) = 32)
) STRICT;

-- Heads of the chain, signed with the server's key.
CREATE TABLE checkpoint (
    position INTEGER PRIMARY KEY,
    body     BLOB NOT NULL
) STRICT;

-- The entry that covers a batch; null: none yet.
ALTER TABLE batch ADD COLUMN chained INTEGER;
CREATE INDEX batch_unchained ON batch (hash) WHERE chained IS NULL;
CREATE INDEX batch_chained ON batch (chained);

-- The entry that took the bytes away. A row then holds the record's newest base instead of its first bytes, whose
-- digest is `first_digest`; a change and a refused thing hold nothing, and `body_hash` is that of the refused bytes.
ALTER TABLE row_log ADD COLUMN erased INTEGER;
ALTER TABLE row_log ADD COLUMN first_digest BLOB;
ALTER TABLE change_log ADD COLUMN erased INTEGER;
ALTER TABLE quarantine ADD COLUMN erased INTEGER;
ALTER TABLE quarantine ADD COLUMN body_hash BLOB;

-- When the device's last exchange ended in agreement.
ALTER TABLE device ADD COLUMN last_agreed INTEGER;

-- Every time that this store was restored from a backup: up to which numbers it holds what it had acknowledged.
CREATE TABLE life (
    number     INTEGER PRIMARY KEY,
    id         BLOB NOT NULL CHECK (length(id) = 8),
    kept       INTEGER NOT NULL,        -- change_log.seq
    kept_rows  INTEGER NOT NULL,        -- row_log.row_seq
    position   INTEGER NOT NULL,        -- evidence.position
    at         INTEGER NOT NULL
) STRICT;

-- Backups that this server made, so that an erasure can reach them.
CREATE TABLE backup (
    id         BLOB PRIMARY KEY CHECK (length(id) = 16),
    file       TEXT NOT NULL,
    at         INTEGER NOT NULL,
    position   INTEGER NOT NULL         -- evidence.position that it reaches to
) STRICT;

-- What was erased on request or compacted: which record, and which person of it; never who it was.
CREATE TABLE erasure (
    position  INTEGER PRIMARY KEY,      -- evidence.position
    household BLOB NOT NULL CHECK (length(household) = 16),
    member    BLOB,                     -- null: the whole record
    reason    TEXT NOT NULL,
    account   TEXT NOT NULL,
    at        INTEGER NOT NULL
) STRICT;
-- First changes of records before they began anew: work that builds on one has to be made anew.
CREATE TABLE old_genesis (
    hash      BLOB PRIMARY KEY CHECK (length(hash) = 32),
    household BLOB NOT NULL
) STRICT;
CREATE INDEX erasure_household ON erasure (household);
