-- What the formula of need says now and did not say by the register. Released files are frozen.

-- Projection, looked at with the checks: poor, better_off; empty: the same, or too little is known.
ALTER TABLE desk ADD COLUMN turned TEXT NOT NULL DEFAULT '';
UPDATE desk SET checks = NULL WHERE length(visit) = 16;
