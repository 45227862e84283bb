//! Any bytes as what passes between devices, hubs and their district: the first one says as what. What
//! has to be signed or sealed is signed and sealed here, so that the rest arrives behind that.
#![no_main]

use lawang_sync::{
    AnswerFile, Checkpoint, CourierFile, CourierReader, DeviceKey, HubCertificate, HubRequest,
    HubResponse, NewBase, Outcomes, Piece, SealedItem, SignedOutcomes, decode, encode, seal,
};
use libfuzzer_sys::fuzz_target;

/// Reads a message, writes it, and reads that.
macro_rules! as_message {
    ($kind:ty, $bytes:expr) => {
        if let Some(read) = decode::<$kind>($bytes) {
            assert_eq!(decode::<$kind>(&encode(&read)).as_ref(), Some(&read));
        }
    };
}

/// Every piece of a courier file, opened as the district opens it.
fn courier(bytes: &[u8], district: &DeviceKey) {
    let Ok(mut reader) = CourierReader::open(bytes) else {
        return;
    };
    while let Ok(Some(piece)) = reader.piece() {
        if let Piece::Whole(sealed) = piece
            && let Ok(inside) = district.open_seal(&sealed)
        {
            as_message!(SealedItem, &inside);
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    let district = DeviceKey::from_seed(&[7; 32]);
    let public = district.public();
    match first % 9 {
        0 => as_message!(HubRequest, bytes),
        1 => as_message!(HubResponse, bytes),
        2 => {
            as_message!(HubCertificate, bytes);
            if let Some(certificate) = decode::<HubCertificate>(bytes) {
                let signed = encode(&certificate.sign(&district));
                let _ = HubCertificate::verify(&signed, &public, 1_795_000_000_000);
            }
        }
        3 => {
            let _ = SignedOutcomes::open(bytes, &public);
            if let Some(outcomes) = decode::<Outcomes>(bytes) {
                let signed = encode(&outcomes.sign(&district));
                assert_eq!(SignedOutcomes::open(&signed, &public), Some(outcomes));
            }
        }
        4 => {
            as_message!(NewBase, bytes);
            if let Some(mut base) = decode::<NewBase>(bytes) {
                base.sign(&district);
                assert!(base.signed_by(&public), "signed and not known again");
            }
        }
        5 => as_message!(Checkpoint, bytes),
        6 => {
            if let Ok(file) = AnswerFile::read(bytes) {
                assert!(file.answers.iter().map(Vec::len).sum::<usize>() <= bytes.len());
            }
        }
        7 => courier(bytes, &district),
        _ => {
            let mut file = Vec::new();
            let sealed = seal(&public, &[9; 32], bytes).expect("a key");
            let mut writer = CourierFile::create(&mut file, &[1; 16], &[2; 16]).expect("memory");
            if writer.put(&sealed).is_ok() {
                writer.finish().expect("memory");
                courier(&file, &district);
            }
        }
    }
});
