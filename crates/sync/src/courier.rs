//! Files that carry work where there is no network: sealed pieces on the way to the district, its signed answers on the
//! way back.
//!
//! A file begins with a line that says what it is, the device (16 bytes) and the district (16 bytes). Then come pieces,
//! each its length (4 bytes, big-endian), the first 8 bytes of its SHA-256, and its bytes; a length of 0 and the number of
//! pieces (4 bytes) end it. So a file that was cut is noticed, and a piece that was damaged keeps none of the others back.

use crate::MAX_SEALED;
use sha2::{Digest, Sha256};
use std::io::{Error, ErrorKind, Read, Result as IoResult, Write};

const WORK: &[u8; 16] = b"LAWANG COURIER1\n";
const ANSWERS: &[u8; 16] = b"LAWANG ANSWERS1\n";

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    #[error("this is not a courier file of Lawang")]
    NotCourier,
    #[error("the file was written by a newer version of Lawang")]
    Newer,
    #[error(
        "this is the other kind of courier file: work goes to the office, answers to the device"
    )]
    OtherKind,
    #[error("the file is cut or damaged after {0} pieces")]
    Cut(u32),
    #[error("the file cannot be read: {0}")]
    Io(#[from] Error),
}

fn sum(piece: &[u8]) -> [u8; 8] {
    let digest: [u8; 32] = Sha256::digest(piece).into();
    let mut sum = [0; 8];
    sum.copy_from_slice(&digest[..8]);
    sum
}

/// A piece as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Whole(Vec<u8>),
    /// Its bytes are not those that were written.
    Damaged,
}

/// A file that is being written.
pub struct CourierFile<'a> {
    out: &'a mut dyn Write,
    pieces: u32,
}

impl<'a> CourierFile<'a> {
    /// Begins a file of sealed work.
    pub fn create(
        out: &'a mut dyn Write,
        device: &[u8; 16],
        district: &[u8; 16],
    ) -> IoResult<Self> {
        Self::begin(out, WORK, device, district)
    }

    /// Begins a file of the district's answers.
    pub fn answers(
        out: &'a mut dyn Write,
        device: &[u8; 16],
        district: &[u8; 16],
    ) -> IoResult<Self> {
        Self::begin(out, ANSWERS, device, district)
    }

    fn begin(
        out: &'a mut dyn Write,
        head: &[u8; 16],
        device: &[u8; 16],
        district: &[u8; 16],
    ) -> IoResult<Self> {
        for part in [head, device, district] {
            out.write_all(part)?;
        }
        Ok(Self { out, pieces: 0 })
    }

    /// Adds a piece.
    pub fn put(&mut self, piece: &[u8]) -> IoResult<()> {
        let len = u32::try_from(piece.len())
            .ok()
            .filter(|len| *len > 0 && piece.len() <= MAX_SEALED)
            .ok_or_else(|| Error::new(ErrorKind::InvalidInput, "a piece is empty or too large"))?;
        self.out.write_all(&len.to_be_bytes())?;
        self.out.write_all(&sum(piece))?;
        self.out.write_all(piece)?;
        self.pieces += 1;
        Ok(())
    }

    /// Ends the file.
    pub fn finish(self) -> IoResult<()> {
        self.out.write_all(&0u32.to_be_bytes())?;
        self.out.write_all(&self.pieces.to_be_bytes())?;
        self.out.flush()
    }
}

/// A file of sealed work that is being read, piece by piece.
pub struct CourierReader<R> {
    input: R,
    /// The device that wrote it.
    pub device: [u8; 16],
    /// The district that it is for.
    pub district: [u8; 16],
    pieces: u32,
    ended: bool,
}

impl<R: Read> CourierReader<R> {
    /// Reads the beginning of a file of work.
    ///
    /// # Errors
    /// As [`CourierError`] says.
    pub fn open(input: R) -> Result<Self, CourierError> {
        Self::begin(input, WORK, ANSWERS)
    }

    fn begin(mut input: R, wanted: &[u8; 16], other: &[u8; 16]) -> Result<Self, CourierError> {
        let mut parts = [[0; 16]; 3];
        for part in &mut parts {
            input
                .read_exact(part)
                .map_err(|_| CourierError::NotCourier)?;
        }
        let [head, device, district] = parts;
        if &head == other {
            return Err(CourierError::OtherKind);
        }
        if &head != wanted {
            let ours = head.starts_with(b"LAWANG COURIER") || head.starts_with(b"LAWANG ANSWERS");
            return Err(if ours {
                CourierError::Newer
            } else {
                CourierError::NotCourier
            });
        }
        Ok(Self {
            input,
            device,
            district,
            pieces: 0,
            ended: false,
        })
    }

    fn number(&mut self) -> Result<u32, CourierError> {
        let mut bytes = [0; 4];
        self.input
            .read_exact(&mut bytes)
            .map_err(|_| CourierError::Cut(self.pieces))?;
        Ok(u32::from_be_bytes(bytes))
    }

    /// The next piece; nothing at the end.
    ///
    /// # Errors
    /// [`CourierError::Cut`].
    pub fn piece(&mut self) -> Result<Option<Piece>, CourierError> {
        if self.ended {
            return Ok(None);
        }
        let cut = CourierError::Cut(self.pieces);
        let len = self.number()? as usize;
        if len == 0 {
            self.ended = true;
            return if self.number()? == self.pieces {
                Ok(None)
            } else {
                Err(cut)
            };
        }
        if len > MAX_SEALED {
            return Err(cut);
        }
        let (mut expected, mut bytes) = ([0; 8], vec![0; len]);
        if self.input.read_exact(&mut expected).is_err()
            || self.input.read_exact(&mut bytes).is_err()
        {
            return Err(cut);
        }
        self.pieces += 1;
        Ok(Some(if sum(&bytes) == expected {
            Piece::Whole(bytes)
        } else {
            Piece::Damaged
        }))
    }
}

/// A file of the district's answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerFile {
    /// Whom they are for.
    pub device: [u8; 16],
    pub district: [u8; 16],
    /// [`crate::SignedOutcomes`], encoded.
    pub answers: Vec<Vec<u8>>,
    /// Pieces are missing or damaged.
    pub incomplete: bool,
}

impl AnswerFile {
    /// Reads a file: what of it is whole.
    ///
    /// # Errors
    /// As [`CourierError`] says; a file that was cut or damaged is none.
    pub fn read(bytes: &[u8]) -> Result<Self, CourierError> {
        let mut reader = CourierReader::begin(bytes, ANSWERS, WORK)?;
        let mut answers = Vec::new();
        let mut incomplete = false;
        loop {
            match reader.piece() {
                Ok(Some(Piece::Whole(answer))) => answers.push(answer),
                Ok(Some(Piece::Damaged)) => incomplete = true,
                Ok(None) => break,
                Err(_) => {
                    incomplete = true;
                    break;
                }
            }
        }
        Ok(Self {
            device: reader.device,
            district: reader.district,
            answers,
            incomplete,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut file = CourierFile::create(&mut bytes, &[1; 16], &[2; 16]).unwrap();
        file.put(b"one").unwrap();
        file.put(b"two").unwrap();
        file.finish().unwrap();
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<Piece>, CourierError> {
        let mut reader = CourierReader::open(bytes)?;
        let mut pieces = Vec::new();
        while let Some(piece) = reader.piece()? {
            pieces.push(piece);
        }
        Ok(pieces)
    }

    #[test]
    fn a_file_that_was_cut_anywhere_is_noticed_and_no_other_file_passes_for_one() {
        let bytes = file();
        let whole = |text: &str| Piece::Whole(text.into());
        assert_eq!(read(&bytes).unwrap(), [whole("one"), whole("two")]);
        let mut damaged = bytes.clone();
        damaged[60] ^= 1;
        assert_eq!(
            read(&damaged).unwrap(),
            [Piece::Damaged, whole("two")],
            "a damaged piece keeps no other back"
        );
        for cut in 0..bytes.len() {
            assert!(read(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        assert!(matches!(
            read(b"PK\x03\x04 some other file that is long enough, really"),
            Err(CourierError::NotCourier)
        ));
        assert!(matches!(
            AnswerFile::read(&bytes),
            Err(CourierError::OtherKind)
        ));
        let mut newer = bytes.clone();
        newer[14] = b'2';
        assert!(matches!(read(&newer), Err(CourierError::Newer)));
        let mut huge = bytes;
        huge[48..52].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(matches!(read(&huge), Err(CourierError::Cut(0))));
    }
}
