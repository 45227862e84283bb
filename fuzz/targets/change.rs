//! Any bytes as the body of one change: header and checksum are made here, so that what is changed
//! arrives behind them. A change that is refused leaves the record as it was.
#![no_main]

use lawang_records::{Record, inspect};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

static RECORD: LazyLock<Record> =
    LazyLock::new(|| Record::genesis(&lawang_fuzz::network::row()).expect("a record"));

/// The chunk of a change: magic, four bytes of its hash, kind 1, length, body.
fn chunk(body: &[u8]) -> Vec<u8> {
    let mut inner = vec![1];
    let mut length = body.len();
    while length >= 0x80 {
        inner.push((length as u8 & 0x7f) | 0x80);
        length >>= 7;
    }
    inner.push(length as u8);
    inner.extend_from_slice(body);
    let mut out = vec![0x85, 0x6f, 0x4a, 0x83];
    out.extend_from_slice(&Sha256::digest(&inner)[..4]);
    out.extend_from_slice(&inner);
    out
}

fuzz_target!(init: lawang_fuzz::ignore_panics_of_automerge(), |body: &[u8]| {
    let bytes = chunk(body);
    let mut record = RECORD.clone();
    let looked_at = inspect(&bytes);
    // Nothing is applied at the district whose touches were not read and judged before.
    let judged = record.touches(&bytes).is_ok();
    let before = record.heads();
    match record.apply(&bytes) {
        Ok(hash) => {
            assert_eq!(Ok(hash), looked_at.map(|info| info.hash), "another hash");
            let state = record.state();
            assert!(!judged || state.is_ok(), "a record that took a change can be read: {state:?}");
        }
        Err(_) => assert_eq!(before, record.heads(), "a refused change left a trace"),
    }
});
