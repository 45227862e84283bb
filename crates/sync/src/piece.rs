//! A request that survives a cut on its way up: what came of it before the cut is kept, and the sender goes on there.
//!
//! Only the head of the message is signed: which request it is by its hash, and where the content belongs. What the
//! content is worth shows when the whole is there and its hash fits, and not before that does anything happen.

use crate::{Digest32, Envelope, Part, Request, encode};

/// The head of an encoded [`Request::Piece`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PieceHead {
    /// As in [`Envelope`].
    pub max_response: u32,
    /// As in [`Part`].
    pub id: Digest32,
    /// As in [`Part`].
    pub total: u64,
    /// As in [`Part`].
    pub offset: u64,
    /// Bytes of content that follow the head.
    pub content: usize,
    /// Bytes of the message before its content.
    pub len: usize,
}

/// Number of [`Request::Piece`] among the requests.
const PIECE: u8 = 13;

impl PieceHead {
    /// Bytes within which every head ends.
    pub const MOST: usize = 80;

    /// The head of a message, of which the rest may be missing. `None`: another message, or too little of it.
    pub fn read(message: &[u8]) -> Option<Self> {
        let mut decoder = minicbor::Decoder::new(message);
        if decoder.array().ok()? != Some(2) {
            return None;
        }
        let max_response = decoder.u32().ok()?;
        if (decoder.array().ok()?, decoder.u8().ok()?) != (Some(2), PIECE)
            || decoder.array().ok()? != Some(1)
            || decoder.array().ok()? != Some(4)
        {
            return None;
        }
        let id: [u8; 32] = decoder.bytes().ok()?.try_into().ok()?;
        let (total, offset) = (decoder.u64().ok()?, decoder.u64().ok()?);
        let (content, size) = byte_string(message.get(decoder.position()..)?)?;
        Some(Self {
            max_response,
            id: id.into(),
            total,
            offset,
            content,
            len: decoder.position() + size,
        })
    }

    /// The message that keeps some of the content, from `at` bytes behind its start on, without carrying anything out.
    pub fn keep(&self, at: usize, bytes: &[u8]) -> Vec<u8> {
        self.message(Request::UploadPart(self.part(at, bytes)))
    }

    /// The message that asks how much is there, and carries the request out if that is all of it.
    pub fn ask(&self) -> Vec<u8> {
        self.message(Request::Piece(self.part(0, &[])))
    }

    fn part(&self, at: usize, bytes: &[u8]) -> Part {
        Part {
            id: self.id,
            total: self.total,
            offset: self.offset.saturating_add(at as u64),
            bytes: bytes.to_vec().into(),
        }
    }

    fn message(&self, request: Request) -> Vec<u8> {
        encode(&Envelope {
            max_response: self.max_response,
            request,
        })
    }
}

/// How many bytes a byte string has, and how many its head has: the length is in the lower bits of the first byte, or in
/// the 1, 2 or 4 bytes that follow.
pub(crate) fn byte_string(bytes: &[u8]) -> Option<(usize, usize)> {
    let head = *bytes.first()?;
    let size = match head {
        0x40..=0x57 => return Some((usize::from(head - 0x40), 1)),
        0x58 => 1,
        0x59 => 2,
        0x5a => 4,
        _ => return None,
    };
    let digits = bytes.get(1..=size)?;
    let len = digits
        .iter()
        .fold(0, |all, byte| all << 8 | usize::from(*byte));
    Some((len, 1 + size))
}

/// What came of a piece that was cut on the way, as the message that keeps it; `None`: no byte of it, or another message.
pub fn shorter_piece(cut: &[u8]) -> Option<Vec<u8>> {
    let head = PieceHead::read(cut)?;
    let came = cut.get(head.len..)?;
    let came = &came[..came.len().min(head.content)];
    (!came.is_empty()).then(|| head.keep(0, came))
}

/// What of a message its device signs, and the purpose (see [`crate::DeviceKey::sign`]): of a piece its head, of all
/// others everything.
pub fn signed_part(message: &[u8]) -> (&'static str, &[u8]) {
    match PieceHead::read(message) {
        Some(head) => ("piece", &message[..head.len]),
        None => ("request", message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode;
    use proptest::prelude::*;

    fn piece(max: u32, total: u64, offset: u64, bytes: &[u8]) -> Vec<u8> {
        encode(&Envelope {
            max_response: max,
            request: Request::Piece(Part {
                id: [7; 32].into(),
                total,
                offset,
                bytes: bytes.to_vec().into(),
            }),
        })
    }

    proptest! {
        #[test]
        fn the_head_of_a_piece_is_read_wherever_it_was_cut_behind_it(max in any::<u32>(), total in any::<u64>(), offset in any::<u64>(), bytes in prop::collection::vec(any::<u8>(), 0..70_000), at in any::<prop::sample::Index>()) {
            let whole = piece(max, total, offset, &bytes);
            let len = whole.len() - bytes.len();
            prop_assert!(len <= PieceHead::MOST);
            let head = PieceHead { max_response: max, id: [7; 32].into(), total, offset, content: bytes.len(), len };
            let cut = at.index(whole.len() + 1);
            prop_assert_eq!(PieceHead::read(&whole[..cut]), (cut >= len).then_some(head));
            prop_assert_eq!(signed_part(&whole), ("piece", &whole[..len]));
            let kept = shorter_piece(&whole[..cut]).and_then(|bytes| decode::<Envelope>(&bytes));
            let want = (cut > len).then(|| Envelope {
                max_response: max,
                request: Request::UploadPart(Part { id: [7; 32].into(), total, offset, bytes: bytes[..cut - len].to_vec().into() }),
            });
            prop_assert_eq!(kept, want);
        }

        #[test]
        fn any_bytes_are_a_piece_or_none_and_never_break_anything(bytes in prop::collection::vec(any::<u8>(), 0..90)) {
            let _ = (PieceHead::read(&bytes), shorter_piece(&bytes), signed_part(&bytes));
        }
    }

    #[test]
    fn every_other_message_is_signed_whole() {
        let message = encode(&Envelope {
            max_response: 9,
            request: Request::RunUpload([7; 32].into()),
        });
        assert_eq!(signed_part(&message), ("request", message.as_slice()));
    }
}
