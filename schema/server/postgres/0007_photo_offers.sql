-- The server's store on PostgreSQL: what the embedded store is at its version 12. Frozen once released. What the columns
-- are is said in ../sqlite/0012_photo_offers.sql.
CREATE TABLE photo_offer (
    hash      bytea NOT NULL CHECK (length(hash) = 32),
    household bytea NOT NULL,
    device    bytea NOT NULL,
    sent      bigint NOT NULL DEFAULT 0,
    differs   bigint NOT NULL DEFAULT 0,
    proven    bigint NOT NULL DEFAULT 0,
    upstream  bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (hash, household, device)
);
CREATE INDEX photo_offer_household ON photo_offer (household);
INSERT INTO photo_offer (hash, household, device, sent, proven, upstream)
    SELECT p.hash, p.household, p.device, CASE p.done WHEN 1 THEN p.len ELSE 0 END, CASE p.done WHEN 1 THEN 1 ELSE 0 END,
           coalesce((SELECT u.state FROM upstream_photo u WHERE u.hash = p.hash), 0)
    FROM photo p;
DROP TABLE upstream_photo;
