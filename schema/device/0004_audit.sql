-- How open visits are filled in, where the questionnaire asks for a log (`audit`). Released files are frozen.

-- Truth until the visit ends ----------------------------------------------------------------------

-- One line an event, in order. When the visit is finished the lines become a file that travels like a photo.
CREATE TABLE audit_event (
    id        INTEGER PRIMARY KEY,
    household BLOB NOT NULL,
    event     TEXT NOT NULL,                  -- `form start`, `group questions`, ...
    node      TEXT NOT NULL,                  -- XPath with positions of repeats; may be empty
    within    INTEGER,                        -- a question's change: the event of the page that it stands on
    started   INTEGER NOT NULL,               -- milliseconds since 1970
    ended     INTEGER,                        -- when last seen there; null: an event without duration
    latitude  TEXT NOT NULL DEFAULT '',       -- decimal degrees
    longitude TEXT NOT NULL DEFAULT '',
    accuracy  TEXT NOT NULL DEFAULT '',       -- metres
    old_value TEXT NOT NULL DEFAULT '',
    new_value TEXT NOT NULL DEFAULT '',
    person    TEXT NOT NULL DEFAULT '',       -- who said to be filling in
    reason    TEXT NOT NULL DEFAULT ''        -- why a finished visit was changed
);
CREATE INDEX audit_event_within ON audit_event (within, node) WHERE within IS NOT NULL;
CREATE INDEX audit_event_household ON audit_event (household, id);
