//! Any bytes as what the network brings: the first one says as what. Whatever is read is written and
//! read again, and is then the same.
#![no_main]

use lawang_records::{Record, Row, pack_page, unpack_page};
use lawang_sync::{
    CheckReply, Envelope, FindingsPackage, Glance, Package, PieceHead, PullBody, Receipt, Request,
    Response, decode, decompress, encode, shorter_piece, signed_part,
};
use libfuzzer_sys::fuzz_target;

/// Most bytes that a message may inflate to here.
const LIMIT: usize = 4 * 1024 * 1024;

/// Reads a message, writes it, and reads that.
macro_rules! as_message {
    ($kind:ty, $bytes:expr) => {
        if let Some(read) = decode::<$kind>($bytes) {
            assert_eq!(decode::<$kind>(&encode(&read)).as_ref(), Some(&read));
        }
    };
}

fuzz_target!(init: lawang_fuzz::ignore_panics_of_automerge(), |bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    match first % 14 {
        0 => as_message!(Envelope, bytes),
        1 => as_message!(Request, bytes),
        2 => as_message!(Response, bytes),
        3 => as_message!(Glance, bytes),
        4 => as_message!(PullBody, bytes),
        5 => as_message!(CheckReply, bytes),
        6 => as_message!(Receipt, bytes),
        7 => {
            if let Some(raw) = decompress(bytes, LIMIT) {
                assert!(raw.len() <= LIMIT, "inflated beyond the limit");
                as_message!(PullBody, &raw);
            }
        }
        8 => {
            let _ = Package::unpack(bytes, &[0; 32]);
        }
        9 => {
            if let Ok(row) = Row::from_bytes(bytes) {
                assert_eq!(row.to_bytes(), bytes, "a row with two encodings");
                let _ = Record::genesis(&row);
            }
        }
        10 => {
            if let Ok(rows) = unpack_page(bytes) {
                assert_eq!(unpack_page(&pack_page(&rows)).as_ref(), Ok(&rows));
            }
        }
        12 => as_message!(FindingsPackage, bytes),
        13 => {
            let (_, signed) = signed_part(bytes);
            if let Some(head) = PieceHead::read(bytes) {
                assert!(signed.len() == head.len && head.len <= PieceHead::MOST);
                assert!(decode::<Envelope>(&head.ask()).is_some());
            }
            if let Some(kept) = shorter_piece(bytes) {
                assert!(decode::<Envelope>(&kept).is_some());
            }
        }
        // Documents do not travel: snapshots are read from the device's own database alone.
        _ => {}
    }
});
