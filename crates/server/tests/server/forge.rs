//! Changes that no Lawang program makes: the bytes of an honest one altered, with a checksum that fits again.

use lawang_records::NewChange;
use sha2::{Digest, Sha256};

/// Columns of an uncompressed change, by Automerge's binary format.
pub const OBJECT_COUNTER: u64 = 0x02;
pub const PREDECESSOR_COUNTER: u64 = 0x73;

fn number(bytes: &[u8], at: &mut usize) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = bytes[*at];
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return value;
        }
    }
}

/// Where the counter of the first operation stands, and where each column's data.
fn parts(bytes: &[u8]) -> (usize, Vec<(u64, std::ops::Range<usize>)>) {
    let mut at = 9;
    number(bytes, &mut at);
    let deps = number(bytes, &mut at) as usize;
    at += 32 * deps;
    let actor = number(bytes, &mut at) as usize;
    at += actor;
    number(bytes, &mut at);
    let start_op = at;
    number(bytes, &mut at);
    // The time, signed, as long as an unsigned one.
    number(bytes, &mut at);
    let message = number(bytes, &mut at) as usize;
    at += message;
    for _ in 0..number(bytes, &mut at) {
        let other = number(bytes, &mut at) as usize;
        at += other;
    }
    let count = number(bytes, &mut at);
    let sizes: Vec<(u64, usize)> = (0..count)
        .map(|_| (number(bytes, &mut at), number(bytes, &mut at) as usize))
        .collect();
    let columns = sizes
        .into_iter()
        .map(|(spec, size)| {
            let range = at..at + size;
            at += size;
            (spec, range)
        })
        .collect();
    (start_op, columns)
}

/// Makes the checksum fit again, and the hash.
pub fn sealed(mut bytes: Vec<u8>) -> NewChange {
    let hash: [u8; 32] = Sha256::digest(&bytes[8..]).into();
    bytes[4..8].copy_from_slice(&hash[..4]);
    NewChange {
        hash: lawang_records::Hash(hash),
        bytes,
    }
}

/// The last number of a column becomes another one of a single byte.
pub fn with_column(change: &NewChange, column: u64, value: u8) -> NewChange {
    assert!(value < 0x40);
    let mut bytes = change.bytes.clone();
    let (_, columns) = parts(&bytes);
    let range = columns
        .into_iter()
        .find(|(spec, _)| *spec == column)
        .expect("the change has this column")
        .1;
    assert!(bytes[range.end - 1] & 0x80 == 0 && range.len() >= 2);
    assert_ne!(bytes[range.end - 1], value, "nothing would be forged");
    bytes[range.end - 1] = value;
    sealed(bytes)
}

/// The counter of the first operation becomes 127.
pub fn with_start_op(change: &NewChange) -> NewChange {
    let mut bytes = change.bytes.clone();
    let (at, _) = parts(&bytes);
    assert!(bytes[at] & 0x80 == 0, "the counter is of one byte");
    bytes[at] = 0x7f;
    sealed(bytes)
}
