-- What finished visits made and changed in lists of entities. Released files are frozen.

-- Projection ---------------------------------------------------------------------------------------

-- One line an operation, as it stands in its record; the lists are computed from these when they are read.
CREATE TABLE entity_op (
    household BLOB NOT NULL,                  -- the record
    id        BLOB NOT NULL,                  -- the operation's instance in it
    village   TEXT NOT NULL,
    list      TEXT NOT NULL,
    entity    TEXT NOT NULL,
    body      TEXT NOT NULL,                  -- JSON
    PRIMARY KEY (household, id)
) WITHOUT ROWID;
CREATE INDEX entity_op_list ON entity_op (list, village, entity);
