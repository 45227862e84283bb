-- What lists of programmes say of couples and of the dead, and visits that were sent back. Released files are frozen.

-- Projection: on which lists, of which dates, a decision rests that is about them; JSON, empty for all others.
ALTER TABLE pair_decision ADD COLUMN lists TEXT NOT NULL DEFAULT '';

-- Of the pairs that wait for a person, those that are about who receives what.
ALTER TABLE suspected ADD COLUMN aid INTEGER NOT NULL DEFAULT 0;

-- What was found by lists is compared with the persons anew when another package of the village came: up to
-- which persons.id that is done; -1 all.
ALTER TABLE finding_held ADD COLUMN looked INTEGER NOT NULL DEFAULT 0;

-- Projection: 1: a visit was sent back some time, so the newest one may only correct its answers.
ALTER TABLE review ADD COLUMN sent_back INTEGER NOT NULL DEFAULT 0;
UPDATE review SET sent_back = 1 WHERE decision <> '';
CREATE INDEX review_sent_back ON review (household) WHERE sent_back = 1;
