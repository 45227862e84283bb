-- Hubs: servers at a kecamatan office between this device and its district. What a hub holds is written here and not in
-- the logs, whose states are about the district alone.
--
-- The logs get one more state: 4, heard of at a hub and made elsewhere; not yet known to be at the district.

CREATE TABLE hub (
    server      BLOB PRIMARY KEY,             -- 16 bytes, the hub's store
    name        TEXT NOT NULL,
    address     TEXT NOT NULL,
    certificate BLOB NOT NULL,                -- signed by the district
    cursor      INTEGER NOT NULL DEFAULT 0,   -- in the hub's order of changes
    outcome     INTEGER NOT NULL DEFAULT 0,   -- number of the newest answer of the district fetched there
    at          INTEGER NOT NULL              -- milliseconds since 1970, of the newest exchange
) WITHOUT ROWID;

CREATE TABLE hub_village (
    server     BLOB NOT NULL,
    village    TEXT NOT NULL,
    row_cursor INTEGER NOT NULL,
    PRIMARY KEY (server, village)
) WITHOUT ROWID;

-- What a hub holds, or was given for the district.
CREATE TABLE hub_thing (
    server BLOB NOT NULL,
    kind   INTEGER NOT NULL,                  -- 0 row, 1 change, 2 photo
    id     BLOB NOT NULL,                     -- of the household; hash
    seq    INTEGER NOT NULL,                  -- in the hub's order; 0: only handed over
    PRIMARY KEY (server, kind, id)
) WITHOUT ROWID;

CREATE INDEX change_log_at_hub ON change_log (id) WHERE state = 4;
CREATE INDEX row_log_at_hub ON row_log (id) WHERE state = 4;
