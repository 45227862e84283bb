-- How forms with a row of type `audit` were filled in. Released files are frozen.

-- One row an event, until the visit ends: then they are a file of the visit.
CREATE TABLE audit_event (
    id        INTEGER PRIMARY KEY,
    household BLOB NOT NULL,
    event     TEXT NOT NULL,                  -- as in ODK's log: `question`, `form save`, ...
    node      TEXT NOT NULL,                  -- XPath; empty where the event is about the whole form
    start     INTEGER NOT NULL,               -- milliseconds since 1970
    "end"     INTEGER,                        -- empty: it has no duration, or was cut off
    latitude  REAL,
    longitude REAL,
    accuracy  REAL,                           -- metres
    old_value TEXT NOT NULL DEFAULT '',
    new_value TEXT NOT NULL DEFAULT '',
    person    TEXT NOT NULL DEFAULT '',       -- who said that they fill the form in
    reason    TEXT NOT NULL DEFAULT ''        -- why a finished form was changed
);
CREATE INDEX audit_event_household ON audit_event (household, id);
