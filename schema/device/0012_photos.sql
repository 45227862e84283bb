-- Photos that other devices took, brought from the server for the desk. Released files are frozen.

-- From here on `photo.state` may be 5: it came from the server. It is a copy, is never sent, and goes again.
-- When it came, milliseconds since 1970; null: taken here.
ALTER TABLE photo ADD COLUMN fetched INTEGER;
CREATE INDEX photo_fetched ON photo (fetched) WHERE state = 5;

-- Pieces of photos under way.
CREATE TABLE photo_piece (
    hash      BLOB NOT NULL,
    position  INTEGER NOT NULL,
    household BLOB NOT NULL,
    body      BLOB NOT NULL,
    PRIMARY KEY (hash, position)
) WITHOUT ROWID;
CREATE INDEX photo_piece_household ON photo_piece (household);

-- Photos that were asked for in vain.
CREATE TABLE photo_absent (
    hash      BLOB PRIMARY KEY,
    household BLOB NOT NULL,
    asked     INTEGER NOT NULL,               -- milliseconds since 1970
    useless   INTEGER NOT NULL                -- 1: it is there and no picture: nobody asks again
) WITHOUT ROWID;
CREATE INDEX photo_absent_household ON photo_absent (household);

-- Projection: hashes (32 bytes each) of the photos that the newest visit shows, then those of the one before;
-- null: not looked at yet.
ALTER TABLE desk ADD COLUMN photos BLOB;
