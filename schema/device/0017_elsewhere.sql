-- Who may stand in another village as well comes in the packages of findings. Released files are frozen.

-- A package that was fetched by a program that did not read this list is fetched again from the district; a hub still
-- cannot bring back what was before.
UPDATE finding_held SET hash = zeroblob(32);

-- They are few among many, and asked for with each look at the queue.
CREATE INDEX finding_elsewhere ON finding (household) WHERE source = 'elsewhere';
