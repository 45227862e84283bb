-- The server's store on PostgreSQL 15 or newer, version 1: what the embedded store is at its version 6. Frozen once
-- released: a later change is a later file. The comments of the tables are in ../sqlite; here stands what differs.
--
-- Types: every number is a bigint and true is 1, as in the embedded store, so that one SQL text serves both. Text is
-- compared byte by byte (COLLATE "C"), so that it sorts alike on every machine.
--
-- Numbers come from sequences, drawn under the lock that every writing transaction takes first: they are in the order
-- of commits. A transaction that was rolled back leaves a gap; nothing counts on there being none.
--
-- Partitions: what grows with the households lies in one partition a kecamatan (`row_log`, `change_log`, `household`,
-- `page`, `entity_op`). A village's code begins with that of its kecamatan (18.09.01.2001: 18.09.01), and in the order
-- of bytes '/' follows '.', so the partition of 18.09.01 is the range from '18.09.01.' to '18.09.01/'. The server
-- makes a partition with the first row of its kecamatan (`place_kecamatan`). There is no default partition: a village
-- that has none is an error, not a hidden heap.
--
-- A unique key of a partitioned table has to hold the village. That a household or a change is there once in all
-- villages follows from the lock: whoever writes looks first, and nobody else writes meanwhile.

CREATE TABLE meta (
    key   text COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL
);

CREATE TABLE device (
    id          bytea PRIMARY KEY CHECK (length(id) = 16),
    public_key  bytea NOT NULL CHECK (length(public_key) = 32),
    person      text COLLATE "C" NOT NULL,
    role        text COLLATE "C" NOT NULL,
    villages    text COLLATE "C" NOT NULL,
    app         text COLLATE "C" NOT NULL,
    enrolled_at bigint NOT NULL,
    revoked_at  bigint,
    last_seen   bigint,
    incarnation bytea,
    made        bigint NOT NULL DEFAULT 0,
    last_agreed bigint
);

CREATE TABLE enrolment_code (
    hash       bytea PRIMARY KEY CHECK (length(hash) = 32),
    person     text COLLATE "C" NOT NULL,
    role       text COLLATE "C" NOT NULL,
    villages   text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at    bigint,
    used_by    bytea REFERENCES device (id)
);

CREATE SEQUENCE row_number;
CREATE TABLE row_log (
    row_seq        bigint NOT NULL DEFAULT nextval('row_number'),
    household      bytea NOT NULL CHECK (length(household) = 16),
    village        text COLLATE "C" NOT NULL,
    body           bytea NOT NULL,
    digest         bytea NOT NULL,
    device         bytea,
    received_at    bigint NOT NULL,
    village_rows   bigint NOT NULL,
    village_digest bytea NOT NULL,
    erased         bigint,
    first_digest   bytea,
    PRIMARY KEY (village, row_seq),
    UNIQUE (household, village)
) PARTITION BY RANGE (village);
CREATE INDEX row_log_number ON row_log (row_seq);

CREATE SEQUENCE change_number;
CREATE TABLE change_log (
    seq             bigint NOT NULL DEFAULT nextval('change_number'),
    hash            bytea NOT NULL CHECK (length(hash) = 32),
    household       bytea NOT NULL,
    village         text COLLATE "C" NOT NULL,
    body            bytea NOT NULL,
    device          bytea NOT NULL,
    incarnation     bytea NOT NULL,
    person          text COLLATE "C" NOT NULL,
    role            text COLLATE "C" NOT NULL,
    at              bigint NOT NULL,
    received_at     bigint NOT NULL,
    village_changes bigint NOT NULL,
    village_digest  bytea NOT NULL,
    kind            bigint NOT NULL DEFAULT 0,
    erased          bigint,
    PRIMARY KEY (village, seq),
    UNIQUE (hash, village)
) PARTITION BY RANGE (village);
CREATE INDEX change_log_number ON change_log (seq);
CREATE INDEX change_log_household ON change_log (household, seq);
CREATE INDEX change_log_device ON change_log (device, incarnation);
CREATE INDEX change_log_side ON change_log (household, kind, seq) WHERE kind > 0;

CREATE TABLE household (
    id              bytea NOT NULL CHECK (length(id) = 16),
    village         text COLLATE "C" NOT NULL,
    register_digest bytea,
    doc             bytea,
    heads           bytea,
    state           text COLLATE "C",
    visit_state     text COLLATE "C" NOT NULL DEFAULT 'not_visited',
    changes         bigint NOT NULL DEFAULT 0,
    max_op          bigint NOT NULL DEFAULT 0,
    flags           text COLLATE "C",
    form            text COLLATE "C",
    PRIMARY KEY (id, village)
) PARTITION BY RANGE (village);
CREATE INDEX household_village ON household (village);
CREATE INDEX household_form ON household (form, village) WHERE form IS NOT NULL;
CREATE INDEX household_flagged ON household (id) WHERE flags IS NOT NULL;

CREATE TABLE page (
    village text COLLATE "C" NOT NULL,
    after   bigint NOT NULL,
    to_row  bigint NOT NULL,
    rows    bigint NOT NULL,
    body    bytea NOT NULL,
    PRIMARY KEY (village, after)
) PARTITION BY RANGE (village);

CREATE TABLE entity_op (
    household bytea NOT NULL CHECK (length(household) = 16),
    id        bytea NOT NULL CHECK (length(id) = 16),
    village   text COLLATE "C" NOT NULL,
    list      text COLLATE "C" NOT NULL,
    body      text COLLATE "C" NOT NULL,
    PRIMARY KEY (household, id, village)
) PARTITION BY RANGE (village);
CREATE INDEX entity_op_list ON entity_op (village, list);

CREATE TABLE quarantine (
    id          bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    device      bytea NOT NULL,
    received_at bigint NOT NULL,
    hash        bytea NOT NULL,
    household   bytea NOT NULL,
    kind        text COLLATE "C" NOT NULL CHECK (kind IN ('row', 'change')),
    code        text COLLATE "C" NOT NULL,
    message     text COLLATE "C" NOT NULL,
    body        bytea NOT NULL,
    document    bigint NOT NULL DEFAULT 0,
    erased      bigint,
    body_hash   bytea,
    UNIQUE (device, hash, code)
);
CREATE INDEX quarantine_household ON quarantine (household);

CREATE TABLE photo (
    hash       bytea PRIMARY KEY CHECK (length(hash) = 32),
    len        bigint NOT NULL,
    household  bytea NOT NULL,
    device     bytea NOT NULL,
    offered_at bigint NOT NULL DEFAULT 0,
    done       bigint NOT NULL DEFAULT 0
);
CREATE INDEX photo_household ON photo (household);

CREATE TABLE batch (
    hash        bytea PRIMARY KEY,
    device      bytea NOT NULL,
    incarnation bytea NOT NULL,
    signature   bytea NOT NULL,
    clock       bigint NOT NULL,
    received_at bigint NOT NULL,
    things      bigint NOT NULL,
    refused     bigint NOT NULL,
    chained     bigint
);
CREATE INDEX batch_unchained ON batch (hash) WHERE chained IS NULL;
CREATE INDEX batch_chained ON batch (chained);

CREATE TABLE reveal_log (
    id      bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    at      bigint NOT NULL,
    what    text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL
);

CREATE TABLE form (
    seq          bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    id           text COLLATE "C" NOT NULL,
    version      text COLLATE "C" NOT NULL,
    hash         bytea NOT NULL CHECK (length(hash) = 32),
    title        text COLLATE "C" NOT NULL,
    questions    bigint NOT NULL,
    files        bigint NOT NULL,
    body         bytea NOT NULL,
    built_in     bigint NOT NULL,
    published_at bigint NOT NULL,
    UNIQUE (id, version)
);
CREATE INDEX form_hash ON form (hash);
-- Packages are compressed already, and devices fetch them piece by piece.
ALTER TABLE form ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE hub_code (
    hash bytea PRIMARY KEY CHECK (length(hash) = 32)
);

CREATE TABLE forward (
    id          bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    device      bytea NOT NULL,
    hash        bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    sealed      bigint NOT NULL,
    held        bigint NOT NULL,
    body        bytea NOT NULL,
    received_at bigint NOT NULL,
    state       bigint NOT NULL DEFAULT 0,
    reason      text COLLATE "C"
);
CREATE INDEX forward_waiting ON forward (id) WHERE state = 0;
CREATE INDEX forward_held ON forward (id) WHERE held = 1;

CREATE TABLE outcome (
    id     bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    device bytea NOT NULL,
    body   bytea NOT NULL
);
CREATE INDEX outcome_device ON outcome (device, id);
-- A body may be larger than what an index of PostgreSQL holds: its digest stands for it.
CREATE UNIQUE INDEX outcome_body ON outcome (sha256(body));

CREATE TABLE upstream_row (
    household bytea PRIMARY KEY CHECK (length(household) = 16),
    village   text COLLATE "C" NOT NULL,
    digest    bytea NOT NULL
);
CREATE TABLE upstream_change (
    hash    bytea PRIMARY KEY CHECK (length(hash) = 32),
    village text COLLATE "C" NOT NULL,
    seq     bigint NOT NULL
);
CREATE INDEX upstream_change_village ON upstream_change (village, seq);
CREATE TABLE upstream_photo (
    hash  bytea PRIMARY KEY CHECK (length(hash) = 32),
    state bigint NOT NULL
);

CREATE TABLE withdrawn (
    hash    bytea PRIMARY KEY CHECK (length(hash) = 32),
    village text COLLATE "C" NOT NULL,
    reason  text COLLATE "C" NOT NULL,
    at      bigint NOT NULL
);
CREATE INDEX withdrawn_village ON withdrawn (village);

CREATE TABLE evidence (
    position bigint PRIMARY KEY,
    at       bigint NOT NULL,
    kind     text COLLATE "C" NOT NULL,
    rows     bigint NOT NULL,
    changes  bigint NOT NULL,
    refused  bigint NOT NULL,
    body     bytea NOT NULL,
    entry    bytea NOT NULL CHECK (length(entry) = 32)
);
CREATE TABLE checkpoint (
    position bigint PRIMARY KEY,
    body     bytea NOT NULL
);

CREATE TABLE life (
    number    bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    id        bytea NOT NULL CHECK (length(id) = 8),
    kept      bigint NOT NULL,
    kept_rows bigint NOT NULL,
    position  bigint NOT NULL,
    at        bigint NOT NULL
);

CREATE TABLE backup (
    id       bytea PRIMARY KEY CHECK (length(id) = 16),
    file     text COLLATE "C" NOT NULL,
    at       bigint NOT NULL,
    position bigint NOT NULL
);

CREATE TABLE erasure (
    position  bigint PRIMARY KEY,
    household bytea NOT NULL CHECK (length(household) = 16),
    member    bytea,
    reason    text COLLATE "C" NOT NULL,
    account   text COLLATE "C" NOT NULL,
    at        bigint NOT NULL
);
CREATE TABLE old_genesis (
    hash      bytea PRIMARY KEY CHECK (length(hash) = 32),
    household bytea NOT NULL
);
CREATE INDEX erasure_household ON erasure (household);

-- Only here: messages in parts, which the embedded store's one process keeps in memory. Several processes behind one
-- address have to see each other's. Unlogged, because a device whose parts are lost begins that one message again.
-- A request that comes up in pieces has a line a piece, an answer that is fetched in pieces one line.
CREATE UNLOGGED TABLE part (
    device bytea NOT NULL,
    hash   bytea NOT NULL,
    start  bigint NOT NULL,
    body   bytea NOT NULL,
    heard  bigint NOT NULL,
    PRIMARY KEY (device, hash, start)
);
CREATE INDEX part_heard ON part (heard);
ALTER TABLE part ALTER COLUMN body SET STORAGE EXTERNAL;
