-- The district server's store, version 3: what finished visits made and changed in lists of entities.

-- Cache: one line an operation, as it stands in its record; the lists are computed from these.
CREATE TABLE entity_op (
    household BLOB NOT NULL CHECK (length(household) = 16),
    id        BLOB NOT NULL CHECK (length(id) = 16),
    village   TEXT NOT NULL,
    list      TEXT NOT NULL,
    body      TEXT NOT NULL,            -- JSON
    PRIMARY KEY (household, id)
) STRICT;
CREATE INDEX entity_op_list ON entity_op (village, list);
