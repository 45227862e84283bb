-- Which device offered which file for which record. One letter goes round: several devices begin to send the same bytes,
-- any of them may finish them, and each village is given them only once a device of it has shown that it holds them.
-- Released files are frozen.
CREATE TABLE photo_offer (
    hash      BLOB NOT NULL CHECK (length(hash) = 32),
    household BLOB NOT NULL,
    device    BLOB NOT NULL,
    -- Bytes of a file that is whole here, as this device sent them to show that it holds it; all of them when it was the one
    -- that made the file whole. The same in all offers of the device.
    sent      INTEGER NOT NULL DEFAULT 0,
    -- Some of them were others than those of the file. It is said at the end only: nobody guesses them one by one.
    differs   INTEGER NOT NULL DEFAULT 0,
    -- The record's village is given the file.
    proven    INTEGER NOT NULL DEFAULT 0,
    -- At a hub: 1 the district has it for this record, 2 it also said so in writing, 3 it refuses it.
    upstream  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (hash, household, device)
) STRICT;
CREATE INDEX photo_offer_household ON photo_offer (household);
INSERT INTO photo_offer (hash, household, device, sent, proven, upstream)
    SELECT p.hash, p.household, p.device, CASE p.done WHEN 1 THEN p.len ELSE 0 END, CASE p.done WHEN 1 THEN 1 ELSE 0 END,
           coalesce((SELECT u.state FROM upstream_photo u WHERE u.hash = p.hash), 0)
    FROM photo p;
DROP TABLE upstream_photo;
