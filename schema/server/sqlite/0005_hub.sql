-- The server's store, hubs. Frozen once released.

-- At the district: the codes that make a hub, by their hash. The device that used one is a hub.
CREATE TABLE hub_code (
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32)
) STRICT;

-- At a hub: what devices signed (or sealed), in the order in which it came, whole, for the district.
-- `state`: 0 waits, 1 the district answered, 2 the district refuses it as a whole, for `reason`.
-- `held`: the hub itself could not take all of it in yet, because it builds on something that is not here.
CREATE TABLE forward (
    id          INTEGER PRIMARY KEY,
    device      BLOB NOT NULL,
    hash        BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    sealed      INTEGER NOT NULL,
    held        INTEGER NOT NULL,
    body        BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    state       INTEGER NOT NULL DEFAULT 0,
    reason      TEXT
) STRICT;
CREATE INDEX forward_waiting ON forward (id) WHERE state = 0;
CREATE INDEX forward_held ON forward (id) WHERE held = 1;

-- What the district said of a device's work, signed by it: at a hub and, for files, at the district.
CREATE TABLE outcome (
    id     INTEGER PRIMARY KEY,
    device BLOB NOT NULL,
    body   BLOB NOT NULL UNIQUE
) STRICT;
CREATE INDEX outcome_device ON outcome (device, id);

-- At a hub: what the district is known to hold, for the comparison with it.
CREATE TABLE upstream_row (
    household BLOB PRIMARY KEY CHECK (length(household) = 16),
    village   TEXT NOT NULL,
    digest    BLOB NOT NULL
) STRICT;
CREATE TABLE upstream_change (
    hash    BLOB PRIMARY KEY CHECK (length(hash) = 32),
    village TEXT NOT NULL,
    seq     INTEGER NOT NULL
) STRICT;
CREATE INDEX upstream_change_village ON upstream_change (village, seq);

-- At a hub: photos that went up. `state`: 1 the district has it, 2 it also said so in writing, 3 it refuses it.
CREATE TABLE upstream_photo (
    hash  BLOB PRIMARY KEY CHECK (length(hash) = 32),
    state INTEGER NOT NULL
) STRICT;

-- At a hub: changes that the district refused for good, with those that build on them. Their lines in `change_log` stay as
-- they are and count for nothing: not in the documents, not in the running counts and digests of the village.
CREATE TABLE withdrawn (
    hash    BLOB PRIMARY KEY CHECK (length(hash) = 32),
    village TEXT NOT NULL,             -- empty: it was refused before the hub took it in, so nobody saw it
    reason  TEXT NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX withdrawn_village ON withdrawn (village);
