-- The server's store on PostgreSQL: what the embedded store is at its version 11. Frozen once released. Why is said in
-- ../sqlite/0011_old_beginnings.sql.
ALTER TABLE old_genesis DROP CONSTRAINT old_genesis_pkey;
ALTER TABLE old_genesis ADD PRIMARY KEY (household, hash);
