//! What honest devices send: a row, a page, changes, batches; the fuzzer begins with them.

use lawang_domain::FieldPath;
use lawang_records::{Naming, Record, Row, Write, pack, pack_page};
use lawang_sync::{Batch, BatchChange, Envelope, PackedBatch, Request, compress, encode};

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
        let heads: Vec<_> = record.heads().to_vec();
        let change = record.write(&heads, &[9; 16], 1_795_000_000 + number as i64, &[put]);
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

/// Seeds of the targets `wire`, `batch` and `change`.
pub fn seeds() -> [(&'static str, Vec<Vec<u8>>); 3] {
    let changes = changes();
    let household = *row().household.as_bytes();
    let numbered: Vec<(u32, &[u8])> = changes.iter().map(|c| (0, c.as_slice())).collect();
    let packed = pack(&numbered, |_, _| Some(Naming::Genesis)).expect("changes of Lawang");
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
        changes: encode(&packed).into(),
    };
    let push = Envelope {
        max_response: 512,
        request: Request::Push(encode(&batch).into()),
    };
    let page = pack_page(&[row()]);
    let snapshot = Record::genesis(&row()).expect("a record").save();
    let wire: [(u8, Vec<u8>); 6] = [
        (0, encode(&push)),
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
            vec![kind(0, &encode(&batch)), kind(1, &encode(&small))],
        ),
        (
            "change",
            changes.iter().map(|change| body(change)).collect(),
        ),
    ]
}
