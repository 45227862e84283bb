-- The server's store on PostgreSQL, the district's rules: what the embedded store is at its version 10. Frozen once
-- released. The comments of the tables are in ../sqlite/0010_rules.sql.

CREATE TABLE rule_book (
    version      bigint PRIMARY KEY,
    hash         bytea NOT NULL CHECK (length(hash) = 32),
    signature    bytea NOT NULL CHECK (length(signature) = 64),
    body         bytea NOT NULL,
    published_at bigint NOT NULL
);
