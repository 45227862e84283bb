-- What somebody wrote and chose at the desk about a household and has not decided with yet. Released files are frozen.

-- A line each, so that one that was said is let go of alone. name: note, reason, reason_own, assign, said; keep/PATH for an
-- older answer that is to stay; comment/PATH for a comment on an answer.
CREATE TABLE desk_draft (
    household BLOB NOT NULL,
    name      TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (household, name)
) WITHOUT ROWID;
