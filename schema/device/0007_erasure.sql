-- Proofs that are kept, and records that began anew. Released files are frozen.

-- Truth: what the server signed at the end of an exchange in which anything was new, with what was compared. Never
-- deleted: years later it shows whether the server still holds what it acknowledged.
CREATE TABLE receipt (
    id    INTEGER PRIMARY KEY,
    at    INTEGER NOT NULL,                   -- milliseconds since 1970, by the server's clock
    code  TEXT NOT NULL,                      -- as people read it aloud
    proof BLOB NOT NULL
);
