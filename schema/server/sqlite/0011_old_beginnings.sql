-- The first change of a record follows from what its row says, so records whose rows say the same have the same one: that
-- one of them began anew says nothing of the others. Released files are frozen.
CREATE TABLE old_beginning (
    hash      BLOB NOT NULL CHECK (length(hash) = 32),
    household BLOB NOT NULL,
    PRIMARY KEY (household, hash)
) STRICT;
INSERT INTO old_beginning (hash, household) SELECT hash, household FROM old_genesis;
DROP TABLE old_genesis;
ALTER TABLE old_beginning RENAME TO old_genesis;
