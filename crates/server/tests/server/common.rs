//! Tablets, prelists and shortcuts.

use lawang_domain::{DeviceId, DocumentKind, FieldPath, HouseholdId, Role, VillageCode};
use lawang_records::{Hash, NewChange, Record, Row, Write, unpack_page};
use lawang_server::{EnrolRequest, Server};
use lawang_sync::{
    Batch, BatchChange, BatchRow, CheckReply, CheckRequest, DeviceKey, Envelope, Hello, HelloReply,
    PROTOCOL, PullBody, PullReply, PullRequest, RemoteError, Request, Response, RowsRequest, Run,
    SetDigest, SignedBatch, Verdict, VillageCheck, actor_of, decode, decompress, encode,
};
use std::cell::Cell;

pub const NOW: u64 = 1_795_255_200_000;
pub const HERE: &str = "18.09.01.2001";
pub const THERE: &str = "18.09.01.2002";

/// `tests/server_postgres` is the same files as `tests/server`.
const IS_ALL_ON_POSTGRESQL: bool =
    matches!(env!("CARGO_CRATE_NAME").as_bytes(), b"server_postgres");

thread_local! {
    static ON_POSTGRESQL: Cell<bool> = const { Cell::new(IS_ALL_ON_POSTGRESQL) };
}

/// Runs a test on both engines: what [`server`] gives in it is on the one, then on the other.
#[allow(dead_code)]
pub fn on_both(test: impl Fn()) {
    for postgresql in [false, true] {
        ON_POSTGRESQL.set(postgresql);
        test();
    }
}

/// A server on the engine that the test is for.
pub fn server() -> Server {
    match ON_POSTGRESQL.get() {
        true => Server::open_database(&crate::cluster::fresh_database(), None, &Default::default())
            .unwrap(),
        false => Server::open_in_memory(7).unwrap(),
    }
}

/// `(register_id, village, person_id, (column, value) ...)`.
pub type Person<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)]);

/// A prelist of these persons.
pub fn prelist(persons: &[Person<'_>]) -> Vec<u8> {
    let names: Vec<&str> = lawang_prelist::COLUMNS.iter().map(|c| c.name).collect();
    let mut out = names.join(",") + "\n";
    for (register_id, village, person_id, cells) in persons {
        let line: Vec<&str> = names
            .iter()
            .map(|name| match *name {
                "register_id" => register_id,
                "village_code" => village,
                "person_id" => person_id,
                other => cells
                    .iter()
                    .find(|(key, _)| *key == other)
                    .map_or("", |c| c.1),
            })
            .collect();
        out += &(line.join(",") + "\n");
    }
    out.into_bytes()
}

pub fn import(server: &Server, csv: &[u8]) -> lawang_server::admin::ImportReport {
    server.import_prelist(csv, NOW, &mut |_, _| {}).unwrap()
}

/// Two households here, one there.
pub fn village(server: &Server) {
    let csv = prelist(&[
        (
            "R1",
            HERE,
            "P1",
            &[
                ("name", "Siti Aminah"),
                ("rt", "001"),
                ("floor_material", "8"),
                ("relation_to_head", "1"),
            ],
        ),
        (
            "R1",
            HERE,
            "P2",
            &[("name", "Budi"), ("rt", "001"), ("floor_material", "8")],
        ),
        (
            "R2",
            HERE,
            "P3",
            &[("name", "Wati"), ("rt", "002"), ("nik", "1809015708909001")],
        ),
        ("R3", THERE, "P4", &[("name", "Agus")]),
    ]);
    let report = import(server, &csv);
    assert_eq!((report.imported, report.refused.len()), (3, 0));
}

pub fn home(register_id: &str) -> HouseholdId {
    HouseholdId::from_register(register_id)
}

pub fn put(key: &str, value: &str) -> Write {
    Write::Put(FieldPath::household(key), value.to_owned())
}

pub fn codes(villages: &[&str]) -> Vec<VillageCode> {
    villages.iter().map(|v| v.parse().unwrap()).collect()
}

/// A device with nothing but its key.
pub struct Tablet {
    pub key: DeviceKey,
    pub id: DeviceId,
    pub incarnation: [u8; 8],
}

impl Tablet {
    pub fn enrol(server: &Server, seed: u8, villages: &[&str]) -> Self {
        Self::enrol_as(server, seed, villages, Role::Enumerator)
    }

    pub fn enrol_as(server: &Server, seed: u8, villages: &[&str], role: Role) -> Self {
        Self::enrol_named(server, seed, villages, role, "Petugas")
    }

    pub fn enrol_named(
        server: &Server,
        seed: u8,
        villages: &[&str],
        role: Role,
        person: &str,
    ) -> Self {
        let key = DeviceKey::from_seed(&[seed; 32]);
        let code = server
            .make_code(person, role, &codes(villages), 24, NOW)
            .unwrap();
        let request = EnrolRequest {
            code: code.code,
            public_key: key.public(),
            app: "test".into(),
        };
        let enrolled = server.enrol(&request, NOW).unwrap();
        Self {
            key,
            id: enrolled.device,
            incarnation: [seed; 8],
        }
    }

    pub fn actor(&self) -> [u8; 16] {
        actor_of(&self.key.public(), &self.incarnation)
    }

    pub fn ask(&self, server: &Server, request: Request) -> Result<Response, RemoteError> {
        let envelope = Envelope {
            max_response: 1 << 22,
            request,
        };
        match decode(&server.handle(self.id, &encode(&envelope), NOW)).unwrap() {
            Response::Error(error) => Err(error),
            response => Ok(response),
        }
    }

    pub fn greet(&self, made: u64) -> Hello {
        Hello {
            protocol: PROTOCOL,
            incarnation: self.incarnation.into(),
            made,
            form: "household_visit".into(),
            app: "test".into(),
            time: NOW,
            forms: None,
        }
    }

    pub fn hello(&self, server: &Server, made: u64) -> HelloReply {
        match self.ask(server, Request::Hello(self.greet(made))) {
            Ok(Response::Hello(reply)) => reply,
            other => panic!("{other:?}"),
        }
    }

    /// What the server gives first: bare rows, all pages.
    pub fn rows(&self, server: &Server, village: &str) -> Result<Vec<Row>, RemoteError> {
        let mut rows = Vec::new();
        let mut after = 0;
        loop {
            let request = RowsRequest {
                village: village.to_owned(),
                after,
            };
            let Response::Rows(reply) = self.ask(server, Request::Rows(request))? else {
                panic!("no rows");
            };
            let page = unpack_page(&decompress(&reply.page, 1 << 24).unwrap()).unwrap();
            assert_eq!(page.len(), reply.rows as usize);
            if reply.rows == 0 {
                return Ok(rows);
            }
            rows.extend(page);
            after = reply.to;
        }
    }

    pub fn record(&self, server: &Server, id: HouseholdId) -> Record {
        Record::genesis(&server.row(id).unwrap().unwrap()).unwrap()
    }

    /// A change at the heads of a record.
    pub fn write(&self, record: &mut Record, writes: &[Write]) -> NewChange {
        let heads = record.heads();
        self.write_at(record, &heads, writes)
    }

    /// By somebody who has seen no more than this.
    pub fn write_at(&self, record: &mut Record, heads: &[Hash], writes: &[Write]) -> NewChange {
        let time = i64::try_from(NOW / 1000).unwrap();
        record
            .write(heads, &self.actor(), time, writes)
            .unwrap()
            .unwrap()
    }

    pub fn batch(&self, rows: &[Row], changes: &[(HouseholdId, &NewChange)]) -> SignedBatch {
        Batch {
            device: (*self.id.as_bytes()).into(),
            incarnation: self.incarnation.into(),
            clock: NOW << 16,
            person: "Petugas".into(),
            role: "enumerator".into(),
            rows: rows
                .iter()
                .map(|row| BatchRow {
                    household: (*row.household.as_bytes()).into(),
                    row: row.to_bytes().into(),
                })
                .collect(),
            changes: changes
                .iter()
                .map(|(id, change)| BatchChange {
                    kind: None,
                    household: (*id.as_bytes()).into(),
                    change: change.bytes.clone().into(),
                })
                .collect(),
        }
        .sign(&self.key)
    }

    /// One change to a document beside the field answers.
    pub fn batch_beside(
        &self,
        id: HouseholdId,
        kind: DocumentKind,
        change: &NewChange,
    ) -> SignedBatch {
        Batch {
            device: (*self.id.as_bytes()).into(),
            incarnation: self.incarnation.into(),
            clock: NOW << 16,
            person: "Petugas".into(),
            role: "enumerator".into(),
            rows: Vec::new(),
            changes: vec![BatchChange {
                household: (*id.as_bytes()).into(),
                change: change.bytes.clone().into(),
                kind: Some(kind.number()),
            }],
        }
        .sign(&self.key)
    }

    pub fn send(&self, server: &Server, batch: &SignedBatch) -> Result<Vec<Verdict>, RemoteError> {
        match self.ask(server, Request::Push(encode(batch).into()))? {
            Response::Push(reply) => {
                let runs = reply.runs.iter().flatten().map(|run| match run {
                    Run::Accepted(run) => run.count as usize,
                    Run::Refused(run) => run.count as usize,
                });
                let things = reply.verdicts.len() + runs.sum::<usize>();
                Ok(reply.each(things).unwrap())
            }
            other => panic!("{other:?}"),
        }
    }

    pub fn push(
        &self,
        server: &Server,
        changes: &[(HouseholdId, &NewChange)],
    ) -> Result<Vec<Verdict>, RemoteError> {
        self.send(server, &self.batch(&[], changes))
    }

    /// One change to one household, made on its row.
    pub fn edit(&self, server: &Server, id: HouseholdId, key: &str, value: &str) -> NewChange {
        let change = self.write(&mut self.record(server, id), &[put(key, value)]);
        let verdicts = self.push(server, &[(id, &change)]).unwrap();
        assert!(
            matches!(verdicts[..], [Verdict::Accepted(_)]),
            "{verdicts:?}"
        );
        change
    }

    pub fn pull(&self, server: &Server, cursor: u64, limit: u32) -> (PullReply, PullBody) {
        let request = Request::Pull(PullRequest { cursor, limit });
        let Response::Pull(reply) = self.ask(server, request).unwrap() else {
            panic!("no changes");
        };
        let body = if reply.body.is_empty() {
            PullBody::default()
        } else {
            decode(&decompress(&reply.body, 1 << 24).unwrap()).unwrap()
        };
        (reply, body)
    }

    pub fn check(&self, server: &Server, request: &CheckRequest) -> CheckReply {
        match self.ask(server, Request::Check(request.clone())) {
            Ok(Response::Check(reply)) => reply,
            other => panic!("{other:?}"),
        }
    }
}

/// What a device that holds these rows and changes would say of a village.
pub fn held(code: &str, last_row: u64, rows: &[Row], changes: &[&NewChange]) -> VillageCheck {
    let mut digest = SetDigest::default();
    for row in rows {
        digest.add_row(&Row::digest(&row.to_bytes()));
    }
    for change in changes {
        digest.add_change(&change.hash.0);
    }
    VillageCheck {
        code: code.to_owned(),
        last_row,
        rows: rows.len() as u64,
        changes: changes.len() as u64,
        digest: digest.0.into(),
    }
}
