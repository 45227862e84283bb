-- Documents by authority, and what the server refused. Released files are frozen.

-- Which document of the record: 0 field answers, 1 verification, 2 administration. From here on a state may also be
-- 3: replaced, because it built on a refused change; what it said lives on in another change or in a proposal.
-- A refused change with `applied` 1 was refused a moment ago and is still in the document.
ALTER TABLE change_log ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
CREATE INDEX change_log_side ON change_log (household, kind, id) WHERE kind > 0;
CREATE INDEX change_log_refused ON change_log (household, kind) WHERE state = 2 AND applied = 1;

-- Truth: edits that the server refused, as the person made them, until the person has dealt with them; then kept.
CREATE TABLE proposal (
    id        BLOB PRIMARY KEY,               -- 16 bytes
    household BLOB NOT NULL,
    kind      INTEGER NOT NULL,
    change    BLOB NOT NULL,                  -- hash of the change that they were part of
    reason    TEXT NOT NULL,                  -- code
    at        INTEGER NOT NULL,               -- seconds since 1970: of the change
    edits     TEXT NOT NULL,                  -- JSON
    state     INTEGER NOT NULL DEFAULT 0,     -- 0 open, 1 sent, 2 corrected, 3 discarded
    settled   INTEGER                         -- milliseconds since 1970
) WITHOUT ROWID;
CREATE INDEX proposal_open ON proposal (household) WHERE state = 0;

-- Projection ---------------------------------------------------------------------------------------

-- What verification and administration of a record say.
CREATE TABLE review (
    household BLOB PRIMARY KEY,
    decision  TEXT NOT NULL,                  -- state decided on; empty: none
    reason    TEXT NOT NULL,
    visit     BLOB NOT NULL,                  -- the visit decided on; empty: none
    person    TEXT NOT NULL,                  -- who decided
    at        INTEGER NOT NULL,               -- seconds since 1970
    proposals INTEGER NOT NULL,               -- of others, without an answer
    assigned  TEXT NOT NULL                   -- person; may be empty
) WITHOUT ROWID;
CREATE INDEX review_proposals ON review (household) WHERE proposals > 0;
