//! Any bytes as the inside of a batch that an enrolled device signed: compressed and signed here, so
//! that what is changed arrives at the decoders behind the signature. The first byte says which kind.
#![no_main]

use lawang_records::{Hash, Held, PackedChanges, inspect};
use lawang_sync::{DeviceKey, Opened, SignedBatch, compress, decode, encode};
use libfuzzer_sys::fuzz_target;

/// The purposes under which batches are signed, as docs/protocol.md names them.
const PURPOSES: [&str; 2] = ["batch", "packed batch"];

fuzz_target!(init: lawang_fuzz::ignore_panics_of_automerge(), |bytes: &[u8]| {
    let Some((first, inside)) = bytes.split_first() else {
        return;
    };
    let key = DeviceKey::from_seed(&[7; 32]);
    if first & 2 != 0 {
        let _ = SignedBatch::open(inside, &key.public(), &[0; 16]);
        return;
    }
    let packed = first & 1 == 1;
    let body = compress(inside, 1);
    let signature = key.sign(PURPOSES[usize::from(packed)], &body);
    let signed = encode(&SignedBatch {
        body: body.into(),
        signature: signature.into(),
        packed: packed.then_some(true),
    });
    let Ok(opened) = SignedBatch::open(&signed, &key.public(), &[0; 16]) else {
        return;
    };
    match opened {
        Opened::Whole(batch) => {
            for change in &batch.changes {
                let _ = inspect(&change.change);
            }
        }
        Opened::Packed(batch) => {
            let (Some(numbers), Some(changes)) =
                (batch.numbers(), decode::<PackedChanges>(&batch.changes))
            else {
                return;
            };
            let Some(beginnings) = batch.beginnings() else {
                return;
            };
            let ids: Vec<[u8; 16]> = beginnings.iter().map(|beginning| beginning.low).collect();
            let held = Held {
                hash: Hash([1; 32]),
                last_op: 9,
            };
            let found = |_, _: lawang_records::Known<'_>| Some(held);
            if let Ok(raw) = changes.unpack(&numbers, &ids, found) {
                assert_eq!(raw.len(), numbers.len());
            }
        }
    }
});
