//! Numbers of variable length, and reading them from bytes that nobody vouches for.

use crate::{MAX_CHANGE, UnpackError};
use minicbor::{Decode, Decoder, decode::Error};

/// A list of at most so many things: what comes behind is not even read, because a list of the smallest things takes
/// thirty times the room that it has on the wire.
pub(crate) fn at_most<'b, const MOST: usize, C, T: Decode<'b, C>>(
    decoder: &mut Decoder<'b>,
    context: &mut C,
) -> Result<Vec<T>, Error> {
    let mut list = Vec::new();
    for thing in decoder.array_iter_with(context)? {
        if list.len() == MOST {
            return Err(Error::message("the list is too long"));
        }
        list.push(thing?);
    }
    Ok(list)
}

/// Unsigned LEB128, in its shortest form.
pub(crate) fn leb(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Signed LEB128, as Automerge writes times.
pub(crate) fn signed_leb(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let byte = value as u8 & 0x7f;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// Small numbers of both signs in few bytes.
pub(crate) fn zigzag(out: &mut Vec<u8>, value: i64) {
    leb(out, ((value << 1) ^ (value >> 63)) as u64);
}

/// What is left to read.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], UnpackError> {
        let (taken, left) = self.0.split_at_checked(len).ok_or(UnpackError::Malformed)?;
        self.0 = left;
        Ok(taken)
    }

    pub(crate) fn leb(&mut self) -> Result<u64, UnpackError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                break;
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(UnpackError::Malformed)
    }

    pub(crate) fn signed(&mut self) -> Result<i64, UnpackError> {
        let mut value = 0i64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                if byte & 0x40 != 0 && shift + 7 < 64 {
                    value |= -1 << (shift + 7);
                }
                return Ok(value);
            }
        }
        Err(UnpackError::Malformed)
    }

    pub(crate) fn zigzag(&mut self) -> Result<i64, UnpackError> {
        let value = self.leb()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub(crate) fn len(&mut self) -> Result<usize, UnpackError> {
        let len = usize::try_from(self.leb()?).map_err(|_| UnpackError::TooLarge)?;
        if len > MAX_CHANGE {
            return Err(UnpackError::TooLarge);
        }
        Ok(len)
    }

    pub(crate) fn prefixed(&mut self) -> Result<&'a [u8], UnpackError> {
        let len = self.len()?;
        self.take(len)
    }
}
