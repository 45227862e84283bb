-- Restriction of processing on request. Released files are frozen.

-- What the administration of a record says: 0 nothing is restricted, 1 persons of it, 2 all of it.
ALTER TABLE review ADD COLUMN restricted INTEGER NOT NULL DEFAULT 0;
