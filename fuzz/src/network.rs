//! What honest devices send: a row, a page, changes, batches; the fuzzer begins with them.

use lawang_domain::FieldPath;
use lawang_records::{Leaving, Naming, Record, Row, Write, derived_id, pack, pack_page, timed_id};
use lawang_sync::{
    Batch, BatchChange, Checkpoint, CourierFile, DeviceKey, Envelope, Forward, HubCertificate,
    HubRequest, HubResponse, NewBase, Outcome, Outcomes, OutcomesReply, PackedBatch, Part, Request,
    SealedItem, Verdict, compress, encode, kind, seal,
};

/// A household of the register, on which hostile changes are tried.
pub fn row() -> Row {
    let household = "018f0000-0000-7000-8000-000000000001"
        .parse::<uuid::Uuid>()
        .expect("an id");
    let mut row = Row::empty(household.into(), "18.01.01.2001");
    row.answers.insert("rt".into(), "001".into());
    row
}

/// Raw changes of one device, one on the other.
fn changes() -> Vec<Vec<u8>> {
    let mut record = Record::genesis(&row()).expect("a record");
    let mut made = Vec::new();
    for (number, key) in ["rt", "address", "floor_material", "rt"].iter().enumerate() {
        let put = Write::Put(FieldPath::household(*key), number.to_string());
        // One by chance, the others of the second in which they began.
        let id = match number {
            0 => derived_id(&[9; 16], row().household.as_bytes(), [7; 4]),
            _ => timed_id(
                &[9; 16],
                row().household.as_bytes(),
                1_795_000_000 + number as i64,
            ),
        };
        let visit = Write::AddInstance {
            repeat: "visits".into(),
            id: lawang_domain::InstanceId(id),
            order: format!("179500000{number}000"),
        };
        let heads: Vec<_> = record.heads().to_vec();
        let change = record.write(
            &heads,
            &[9; 16],
            1_795_000_000 + number as i64,
            &[put, visit],
        );
        made.push(change.expect("written").expect("a change").bytes);
    }
    made
}

/// The body of a change, behind magic, hash, kind and length.
fn body(change: &[u8]) -> Vec<u8> {
    let length = change[9..]
        .iter()
        .take_while(|byte| **byte & 0x80 != 0)
        .count()
        + 1;
    change[9 + length..].to_vec()
}

/// What passes between devices, hubs and the district, each behind the number that the target gives it.
fn between_hubs(batch: &[u8]) -> Vec<Vec<u8>> {
    let key = DeviceKey::from_seed(&[7; 32]);
    let certificate = HubCertificate {
        district: [2; 16].into(),
        hub: [3; 16].into(),
        name: "Kecamatan Gedong Tataan".into(),
        key: [4; 32].into(),
        tls: [5; 32].into(),
        villages: vec!["18.09.01.2001".into()],
        issued: 1_795_000_000_000,
        expires: 1_796_000_000_000,
        signature: [0; 64].into(),
    };
    let outcomes = Outcomes {
        district: [2; 16].into(),
        device: [1; 16].into(),
        time: 1_795_000_000_000,
        list: vec![
            Outcome {
                kind: kind::CHANGE,
                id: vec![6; 32].into(),
                verdict: Verdict::Accepted(7),
            },
            Outcome {
                kind: kind::ROW,
                id: vec![8; 16].into(),
                verdict: Verdict::Refused("wrong_village".into()),
            },
        ],
    };
    let mut base = NewBase {
        moved: None,
        household: [9; 16].into(),
        number: 1,
        digest: [1; 32].into(),
        reason: NewBase::COMPACTED.into(),
        documents: vec![0, 1, 2],
        row: Some(row().to_bytes().into()),
        signature: None,
    };
    base.sign(&key);
    let checkpoint = Checkpoint::issue(&key, [2; 16].into(), 1, (5, [3; 32]), None);
    let forward = HubRequest::Forward(Forward {
        device: [1; 16].into(),
        sealed: false,
        body: batch.to_vec().into(),
    });
    let answer = HubResponse::Outcomes(OutcomesReply {
        next: 1,
        more: false,
        outcomes: vec![encode(&outcomes.sign(&key)).into()],
        withdrawn: Some(vec![[6; 32].into()]),
    });
    let (mut work, mut answers) = (Vec::new(), Vec::new());
    let sealed = seal(&key.public(), &[9; 32], batch).expect("a key");
    let mut file = CourierFile::create(&mut work, &[1; 16], &[2; 16]).expect("memory");
    file.put(&sealed).expect("memory");
    file.finish().expect("memory");
    let mut file = CourierFile::answers(&mut answers, &[1; 16], &[2; 16]).expect("memory");
    file.put(&encode(&outcomes.sign(&key))).expect("memory");
    file.finish().expect("memory");
    let item = SealedItem::Batch(batch.to_vec().into());
    [
        (0, encode(&forward)),
        (1, encode(&answer)),
        (2, encode(&certificate.sign(&key))),
        (3, encode(&outcomes)),
        (4, encode(&base)),
        (5, encode(&checkpoint)),
        (6, answers),
        (7, work),
        (8, encode(&item)),
    ]
    .into_iter()
    .map(|(first, rest)| [&[first], rest.as_slice()].concat())
    .collect()
}

/// Seeds of the targets `wire`, `batch`, `change` and `hub`.
pub fn seeds() -> [(&'static str, Vec<Vec<u8>>); 4] {
    let changes = changes();
    let household = *row().household.as_bytes();
    let numbered: Vec<(u32, &[u8])> = changes.iter().map(|c| (0, c.as_slice())).collect();
    let packed = |leaving| {
        let named = |_, _: &_| Some((Naming::Genesis, 9));
        encode(&pack(&numbered, leaving, named).expect("changes of Lawang")).into()
    };
    let batch = Batch {
        device: [0; 16].into(),
        incarnation: [1; 8].into(),
        clock: 1,
        person: "p".into(),
        role: "enumerator".into(),
        rows: Vec::new(),
        changes: changes
            .iter()
            .map(|change| BatchChange {
                household: household.into(),
                change: change.clone().into(),
                kind: None,
            })
            .collect(),
    };
    let small = PackedBatch {
        device: [0; 16].into(),
        incarnation: [1; 8].into(),
        clock: 1,
        person: "p".into(),
        role: "enumerator".into(),
        rows: Vec::new(),
        prefix: 2,
        households: household[..2].to_vec().into(),
        of: PackedBatch::encode_numbers(&vec![0; changes.len()]),
        changes: packed(Leaving::Packed),
        lengths: None,
    };
    let (households, lengths) = PackedBatch::encode_beginnings([(&household, 3)]);
    let tight = PackedBatch {
        prefix: 0,
        households,
        lengths: Some(lengths),
        changes: packed(Leaving::Timed(&[household])),
        ..small.clone()
    };
    let piece = Envelope {
        max_response: 512,
        request: Request::Piece(Part {
            id: [5; 32].into(),
            total: 900,
            offset: 17,
            bytes: encode(&batch).into(),
        }),
    };
    let push = Envelope {
        max_response: 512,
        request: Request::Push(encode(&batch).into()),
    };
    let page = pack_page(&[row()]);
    let snapshot = Record::genesis(&row()).expect("a record").save();
    let wire: [(u8, Vec<u8>); 7] = [
        (0, encode(&push)),
        (13, encode(&piece)),
        (1, encode(&push.request)),
        (7, compress(&encode(&batch), 1)),
        (9, row().to_bytes()),
        (10, page),
        (11, snapshot),
    ];
    let kind = |first: u8, rest: &[u8]| [&[first], rest].concat();
    [
        (
            "wire",
            wire.iter()
                .map(|(first, rest)| kind(*first, rest))
                .collect(),
        ),
        (
            "batch",
            [
                kind(0, &encode(&batch)),
                kind(1, &encode(&small)),
                kind(1, &encode(&tight)),
            ]
            .into(),
        ),
        (
            "change",
            changes.iter().map(|change| body(change)).collect(),
        ),
        ("hub", between_hubs(&encode(&batch))),
    ]
}
