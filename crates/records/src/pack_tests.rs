use crate::*;
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use proptest::prelude::*;
use uuid::Uuid;

const A: &[u8] = b"device-a-device-";
const B: &[u8] = b"device-b-device-";

fn row(n: u32) -> Row {
    Row {
        household: HouseholdId(Uuid::from_u128(u128::from(n))),
        village: "18.09.01.2001".into(),
        answers: [("floor_material", "8"), ("rt", "003")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into(),
        instances: vec![],
    }
}

fn put(key: &str, value: &str) -> Write {
    Write::Put(FieldPath::household(key), value.into())
}

/// A change that nobody made.
fn lies(byte: u8) -> Held {
    Held {
        hash: Hash([byte; 32]),
        last_op: u64::MAX,
    }
}

/// The first change of a household, as the receiver holds it.
fn genesis_held() -> Held {
    let names = Names::of(&Record::genesis(&row(0)).unwrap());
    names.find(Known::Genesis).unwrap()
}

/// Ids of so many households.
fn ids(count: usize) -> Vec<[u8; 16]> {
    let rows = (0..).take(count).map(row);
    rows.map(|row| *row.household.as_bytes()).collect()
}

/// A side that holds the documents: names hashes, and finds them again.
struct Side(Vec<Record>);

impl Side {
    fn genesis(&self, of: u32) -> Hash {
        Record::genesis(&row(of)).unwrap().heads()[0]
    }

    fn find(&self, of: u32, known: Known<'_>) -> Option<Held> {
        Names::of(&self.0[of as usize]).find(known)
    }
}

/// First the way that every receiver knows, then those that leave out more: all must say the same.
fn through(
    sender: &[Record],
    side: &Side,
    changes: &[(u32, Vec<u8>)],
) -> Result<Vec<Vec<u8>>, UnpackError> {
    let loose = through_one(sender, side, changes, Leaving::Packed);
    let ids = ids(sender.len());
    for leaving in [Leaving::Tight, Leaving::Derived(&ids), Leaving::Timed(&ids)] {
        assert_eq!(through_one(sender, side, changes, leaving), loose);
    }
    loose
}

fn through_one(
    sender: &[Record],
    side: &Side,
    changes: &[(u32, Vec<u8>)],
    leaving: Leaving<'_>,
) -> Result<Vec<Vec<u8>>, UnpackError> {
    let borrowed: Vec<(u32, &[u8])> = changes.iter().map(|(h, c)| (*h, c.as_slice())).collect();
    let packed = pack(&borrowed, leaving, |of, hash| {
        sender[of as usize].naming(hash)
    })
    .expect("Lawang's own changes can be packed");
    let mut bytes = Vec::new();
    minicbor::encode(&packed, &mut bytes).unwrap();
    let packed: PackedChanges = minicbor::decode(&bytes).unwrap();
    let of: Vec<u32> = changes.iter().map(|(h, _)| *h).collect();
    packed.unpack(&of, &ids(sender.len()), |of, known| side.find(of, known))
}

#[test]
fn what_was_packed_comes_out_byte_for_byte_whatever_it_builds_on() {
    let mut records: Vec<Record> = (0..3).map(|n| Record::genesis(&row(n)).unwrap()).collect();
    let receiver = {
        // The receiver knows an earlier change by another device, on which one of the packed ones builds.
        let heads = records[2].heads();
        records[2].write(&heads, B, 5, &[put("rt", "009")]).unwrap();
        Side(records.clone())
    };
    let mut changes = Vec::new();
    for (n, key, value, time) in [
        (0, "rt", "004", 100),
        (1, "rt", "005", 90),
        (0, "wall", "kayu \u{e9}", 2_000_000_000),
        (2, "rt", "", -7),
    ] {
        let heads = records[n].heads();
        let made = records[n]
            .write(&heads, A, time, &[put(key, value)])
            .unwrap()
            .unwrap();
        changes.push((n as u32, made.bytes));
    }
    // At older heads: automerge writes under a derived actor.
    let old = vec![receiver.genesis(0)];
    let instance = InstanceId(Uuid::from_u128(77));
    let writes = [
        Write::AddInstance {
            repeat: "members".into(),
            id: instance,
            order: "5".into(),
        },
        Write::Put(FieldPath::of("members", instance, "name"), "Siti".into()),
        put("rt", "008"),
    ];
    let made = records[0].write(&old, A, 101, &writes).unwrap().unwrap();
    changes.push((0, made.bytes));
    let heads = records[0].heads();
    assert_eq!(heads.len(), 2, "the last change must join two heads");
    let made = records[0]
        .write(&heads, A, 102, &[put("rt", "1")])
        .unwrap()
        .unwrap();
    changes.push((0, made.bytes));

    let out = through(&records, &receiver, &changes).unwrap();
    assert!(out.iter().eq(changes.iter().map(|(_, c)| c)));
}

#[test]
fn a_change_that_the_receiver_does_not_know_is_said_to_be_unknown() {
    let mut record = Record::genesis(&row(0)).unwrap();
    let stranger = Side(vec![record.clone()]);
    let heads = record.heads();
    record.write(&heads, B, 1, &[put("rt", "1")]).unwrap();
    let heads = record.heads();
    let made = record
        .write(&heads, A, 2, &[put("rt", "2")])
        .unwrap()
        .unwrap();
    assert_eq!(
        through(&[record], &stranger, &[(0, made.bytes)]),
        Err(UnpackError::Unknown)
    );
}

#[test]
fn a_wrong_guess_about_what_it_builds_on_is_noticed() {
    let mut record = Record::genesis(&row(0)).unwrap();
    let heads = record.heads();
    let made = record
        .write(&heads, A, 1, &[put("rt", "1")])
        .unwrap()
        .unwrap();
    let packed = pack(&[(0, &made.bytes)], Leaving::Tight, |_, _| {
        Some((Naming::Genesis, 5))
    })
    .unwrap();
    let guess = packed.unpack(&[0], &ids(1), |_, _| Some(lies(7)));
    assert_eq!(guess, Err(UnpackError::Digest));
}

#[test]
fn a_number_that_points_at_nothing_is_refused_whatever_it_is() {
    let mut record = Record::genesis(&row(0)).unwrap();
    let heads = record.heads();
    let made = record
        .write(&heads, A, 1, &[put("rt", "1")])
        .unwrap()
        .unwrap();
    let packed = pack(&[(0, &made.bytes)], Leaving::Tight, |_, _| {
        Some((Naming::Genesis, 5))
    })
    .unwrap();
    // One change that it builds on; between the beginnings of hashes (1 to 32) and the changes before (34 and up).
    for number in [33u8, 34, 35, 127] {
        let mut packed = packed.clone();
        packed.deps = vec![1, number].into();
        let out = packed.unpack(&[0], &ids(1), |_, _| Some(lies(7)));
        assert_eq!(out, Err(UnpackError::Unknown), "{number}");
    }
}

#[test]
fn bytes_that_are_no_change_are_not_packed() {
    for bytes in [
        &b""[..],
        &b"garbage-garbage-garbage"[..],
        &[0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1, 0xff][..],
    ] {
        assert!(
            pack(&[(0, bytes)], Leaving::Tight, |_, _| Some((
                Naming::Genesis,
                5
            )))
            .is_none()
        );
    }
}

#[test]
fn a_small_packing_that_would_unfold_into_much_is_refused() {
    // One long column, taken by every change: each number of the lists costs a byte, each change a quarter of a megabyte.
    let mut record = Record::genesis(&row(0)).unwrap();
    let mut changes = Vec::new();
    for n in 0..80u8 {
        let heads = record.heads();
        let value = format!("{n}{}", "a".repeat(250_000));
        let made = record
            .write(&heads, A, 1, &[put("rt", &value)])
            .unwrap()
            .unwrap();
        changes.push((0u32, made.bytes));
    }
    let borrowed: Vec<(u32, &[u8])> = changes.iter().map(|(h, c)| (*h, c.as_slice())).collect();
    let packed = pack(&borrowed, Leaving::Timed(&ids(1)), |_, hash| {
        record.naming(hash)
    })
    .unwrap();
    let genesis = genesis_held();
    let all = packed.unpack(&vec![0; packed.len()], &ids(1), |_, _| Some(genesis));
    assert_eq!(all, Err(UnpackError::TooLarge));
}

proptest! {
    #[test]
    fn any_bytes_instead_of_a_packing_are_refused_and_never_break_anything(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(packed) = minicbor::decode::<PackedChanges>(&bytes) {
            let _ = packed.unpack(&vec![0; packed.len().min(1000)], &ids(1), |_, _| Some(lies(0)));
        }
    }

    #[test]
    fn a_flipped_bit_in_a_packing_never_gives_other_changes(at in 0usize..4000, bit in 0u8..8) {
        let mut record = Record::genesis(&row(0)).unwrap();
        let mut changes = Vec::new();
        for n in 0..5u8 {
            let heads = record.heads();
            let made = record.write(&heads, A, i64::from(n), &[put("rt", &n.to_string())]).unwrap().unwrap();
            changes.push((0, made.bytes));
        }
        let borrowed: Vec<(u32, &[u8])> = changes.iter().map(|(h, c): &(u32, Vec<u8>)| (*h, c.as_slice())).collect();
        let packed = pack(&borrowed, Leaving::Timed(&ids(1)), |_, hash| record.naming(hash)).unwrap();
        let mut bytes = Vec::new();
        minicbor::encode(&packed, &mut bytes).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(packed) = minicbor::decode::<PackedChanges>(&bytes) {
            let genesis = genesis_held();
            if let Ok(out) = packed.unpack(&vec![0; packed.len().min(1000)], &ids(1), |_, _| Some(genesis)) {
                prop_assert!(out.iter().eq(changes.iter().map(|(_, c)| c)));
            }
        }
    }
}

#[test]
fn a_visit_with_one_answer_leaves_its_id_and_its_times_to_the_receiver() {
    const COUNT: u32 = 100;
    let (mut records, mut changes) = (Vec::new(), Vec::new());
    for n in 0..COUNT {
        let mut record = Record::genesis(&row(n)).unwrap();
        let seconds = 1_795_660_370 + i64::from(n) * 211;
        // Mostly of the second in which it began; where that was taken, with chance.
        let began = if n % 10 == 9 { seconds - 1 } else { seconds };
        let visit = InstanceId(timed_id(A, row(n).household.as_bytes(), began));
        let started = format!("2026-11-26T02:{:02}:{:02}Z", n / 60, n % 60);
        let writes = [
            Write::AddInstance {
                repeat: VISITS.into(),
                id: visit,
                order: (seconds * 1000).to_string(),
            },
            Write::Put(FieldPath::of(VISITS, visit, "started"), started),
            put("rt", "004"),
        ];
        let heads = record.heads();
        let made = record.write(&heads, A, seconds, &writes).unwrap().unwrap();
        changes.push((n, made.bytes));
        records.push(record);
    }
    let side = Side(
        (0..COUNT)
            .map(|n| Record::genesis(&row(n)).unwrap())
            .collect(),
    );
    let unpacked = through(&records, &side, &changes).unwrap();
    assert!(unpacked.iter().eq(changes.iter().map(|(_, bytes)| bytes)));
    let borrowed: Vec<(u32, &[u8])> = changes.iter().map(|(h, c)| (*h, c.as_slice())).collect();
    let size = |leaving| {
        let packed = pack(&borrowed, leaving, |of, hash| {
            records[of as usize].naming(hash)
        });
        minicbor::to_vec(packed.unwrap()).unwrap().len()
    };
    let ids = ids(100);
    let (tight, derived) = (size(Leaving::Tight), size(Leaving::Derived(&ids)));
    assert!(derived + 50 * 100 < tight, "{derived} against {tight}");
    let timed = size(Leaving::Timed(&ids));
    assert!(timed + 3 * 100 < derived, "{timed} against {derived}");
}

/// The packing of a change that puts one answer.
fn packed_one() -> PackedChanges {
    let mut record = Record::genesis(&row(0)).unwrap();
    let heads = record.heads();
    let made = record.write(&heads, A, 1, &[put("rt", "1")]);
    let bytes = made.unwrap().unwrap().bytes;
    pack(&[(0, &bytes)], Leaving::Tight, |_, _| {
        Some((Naming::Genesis, 5))
    })
    .unwrap()
}

#[test]
fn a_name_finds_its_change_alone_among_all_of_a_document() {
    let mut record = Record::genesis(&row(0)).unwrap();
    for n in 0..60 {
        let heads = record.heads();
        let value = n.to_string();
        record.write(&heads, A, n, &[put("rt", &value)]).unwrap();
    }
    let names = Names::of(&record);
    let genesis = names.find(Known::Genesis).unwrap();
    assert_eq!(genesis.hash, Side(vec![]).genesis(0));
    for change in record.changes_after_genesis() {
        let (Naming::Bytes(len), last_op) = record.naming(&change.hash).unwrap() else {
            panic!("it is not the first");
        };
        let held = Held {
            hash: change.hash,
            last_op,
        };
        let short = &change.hash.0[..usize::from(len)];
        assert_eq!(names.find(Known::Begins(short)), Some(held));
        assert_eq!(names.find(Known::Begins(&change.hash.0)), Some(held));
        let mut other = change.hash.0;
        other[31] ^= 1;
        assert_eq!(names.find(Known::Begins(&other)), None);
    }
    // Of sixty hashes some begin with the same byte, and no byte at all stands for every one.
    let firsts: Vec<u8> = record
        .changes_after_genesis()
        .iter()
        .map(|c| c.hash.0[0])
        .collect();
    let all = || firsts.iter().copied().chain([genesis.hash.0[0]]);
    for byte in 0..=255 {
        let found = names.find(Known::Begins(&[byte])).is_some();
        assert_eq!(
            found,
            all().filter(|first| *first == byte).count() == 1,
            "{byte}"
        );
    }
    assert!((0..=255).any(|byte| all().filter(|first| *first == byte).count() > 1));
    assert_eq!(names.find(Known::Begins(&[])), None);
}

#[test]
fn a_change_that_builds_on_one_thing_twice_is_refused() {
    let mut packed = packed_one();
    packed.deps = vec![2, 0, 0].into();
    let out = packed.unpack(&[0], &ids(1), |_, _| Some(lies(7)));
    assert_eq!(out, Err(UnpackError::Malformed));
    // Two that are two are put together, and are not what was packed.
    packed.deps = vec![2, 0, 1, 9].into();
    let out = packed.unpack(&[0], &ids(1), |_, known| {
        Some(lies(if known == Known::Genesis { 7 } else { 9 }))
    });
    assert_eq!(out, Err(UnpackError::Digest));
}

#[test]
fn changes_that_build_on_more_than_people_ever_join_are_not_looked_up() {
    // Twenty changes with two hundred names each, where 4 x 20 + 200 are taken.
    let mut record = Record::genesis(&row(0)).unwrap();
    let mut changes = Vec::new();
    for n in 0..20 {
        let heads = record.heads();
        let value = n.to_string();
        let made = record.write(&heads, A, n, &[put("rt", &value)]);
        changes.push((0u32, made.unwrap().unwrap().bytes));
    }
    let borrowed: Vec<(u32, &[u8])> = changes.iter().map(|(h, c)| (*h, c.as_slice())).collect();
    let mut packed = pack(&borrowed, Leaving::Tight, |_, hash| record.naming(hash)).unwrap();
    let mut deps = Vec::new();
    for _ in 0..20 {
        deps.extend([200, 1]);
        for name in 0..200u8 {
            deps.extend([1, name]);
        }
    }
    packed.deps = deps.into();
    let mut asked = 0;
    let out = packed.unpack(&[0; 20], &ids(1), |_, known| {
        asked += 1;
        match known {
            Known::Begins(bytes) => Some(lies(bytes[0])),
            Known::Genesis => None,
        }
    });
    assert_eq!(out, Err(UnpackError::TooLarge));
    assert!(asked <= 280, "{asked}");
}

#[test]
fn what_the_receiver_would_refuse_for_its_number_is_not_packed() {
    // One change that joins the heads of 250 devices, and one that is made of it with 100 others.
    let base = Record::genesis(&row(0)).unwrap();
    let joined = |devices: std::ops::Range<u32>| {
        let (mut record, heads) = (base.clone(), base.heads());
        for n in devices {
            let actor = format!("device-{n:09}");
            let made = record.write(&heads, actor.as_bytes(), 1, &[put("rt", &n.to_string())]);
            made.unwrap().unwrap();
        }
        let heads = record.heads();
        let made = record.write(&heads, A, 2, &[put("rt", "x")]).unwrap();
        made.unwrap().bytes
    };
    let name = |_, _: &Hash| Some((Naming::Bytes(4), 9));
    let (most, more) = (joined(0..199), joined(0..100));
    let few: Vec<(u32, &[u8])> = vec![(0, &most)];
    assert!(pack(&few, Leaving::Tight, name).is_some());
    let many: Vec<(u32, &[u8])> = vec![(0, &most), (1, &more)];
    assert!(pack(&many, Leaving::Tight, name).is_none());
}

#[test]
fn lists_of_more_things_than_any_device_names_are_not_even_read() {
    // The number of the field, and how many empty things it may list.
    for (field, most) in [(2, 4096), (3, 256)] {
        for count in [most, most + 1] {
            let mut encoder = minicbor::Encoder::new(Vec::new());
            encoder
                .array(14)
                .unwrap()
                .u32(0)
                .unwrap()
                .bytes(&[0; 16])
                .unwrap();
            for at in 2..4 {
                let things = if at == field { count } else { 0 };
                encoder.array(things).unwrap();
                for _ in 0..things {
                    encoder.bytes(&[]).unwrap();
                }
            }
            for _ in 4..11 {
                encoder.bytes(&[]).unwrap();
            }
            encoder.array(0).unwrap().null().unwrap().null().unwrap();
            let read = minicbor::decode::<PackedChanges>(encoder.writer());
            assert_eq!(read.is_ok(), count == most, "{field}: {count}");
        }
    }
}
