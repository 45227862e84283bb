-- The verifier's desk. Released files are frozen. All of it is a projection and can be rebuilt from the logs.

-- What a verification says besides: decisions on the newest visit contradict each other; the reason (code) for which
-- the family is proposed for removal; comments of the last return that nobody has answered.
ALTER TABLE review ADD COLUMN contested INTEGER NOT NULL DEFAULT 0;
ALTER TABLE review ADD COLUMN removal TEXT NOT NULL DEFAULT '';
ALTER TABLE review ADD COLUMN questions INTEGER NOT NULL DEFAULT 0;
-- The visit that was drawn to be made again by somebody else; empty: none.
ALTER TABLE review ADD COLUMN drawn BLOB NOT NULL DEFAULT x'';
CREATE INDEX review_drawn ON review (household) WHERE length(drawn) = 16;

-- What the answers of a household say to the desk.
CREATE TABLE desk (
    household  BLOB PRIMARY KEY,
    village    TEXT NOT NULL,
    visit      BLOB NOT NULL,                 -- the newest submitted one; empty: none
    enumerator TEXT NOT NULL,                 -- who submitted it
    submitted  TEXT NOT NULL,                 -- RFC 3339; empty: never
    started    TEXT NOT NULL,                 -- of the same visit
    lat        REAL,                          -- where that visit was made
    lon        REAL,
    updated    TEXT NOT NULL,                 -- the newest of visit and register, ISO date; empty: not known
    checks     INTEGER,                       -- checks of the questionnaire that do not hold; null: not looked at yet
    gone       TEXT NOT NULL,                 -- reason (code) that the answers themselves give for removal; empty: none
    need       INTEGER,                       -- by the formula in force; null: nothing to go by
    proposed   INTEGER NOT NULL,              -- 1: a family that is not in the register and asks to be
    settled    INTEGER NOT NULL,              -- conflicts that somebody settled
    alike      BLOB NOT NULL                  -- digest of the answers to choices: equal ones were answered alike
) WITHOUT ROWID;
CREATE INDEX desk_village ON desk (village, submitted);
CREATE INDEX desk_settled ON desk (household) WHERE settled > 0;
CREATE INDEX desk_unchecked ON desk (submitted) WHERE checks IS NULL;
CREATE INDEX desk_enumerator ON desk (enumerator, submitted);

-- What was sent back stands on top of the worklist.
CREATE INDEX household_first ON household ((state <> 'returned'), sort);
CREATE INDEX household_village_first ON household (village, (state <> 'returned'), sort);
