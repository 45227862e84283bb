//! Rows of a file of any size, in bounded memory: the file is read twice at least, first to see what it is.

use crate::{
    FileError,
    decode::{Encoding, known_kind},
    split::{Row, RowFault, split_row},
};
use encoding_rs::{Decoder, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use sha2::{Digest, Sha256};
use std::io::{self, Read, Seek, SeekFrom};

/// So much of the file is in memory at once, besides the longest row.
const PIECE: usize = 256 << 10;
/// A row that has not ended by then never will.
const LONGEST_ROW: usize = 4 << 20;

/// Reading broke off, or the file is no list.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// What the disk says.
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
    /// What the file is.
    #[error(transparent)]
    File(#[from] FileError),
}

/// What the whole file is, seen in one pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Seen {
    pub encoding: Encoding,
    /// UTF-16 with the high byte first.
    pub big: bool,
    pub sha256: [u8; 32],
    pub bytes: u64,
}

/// Looks at every byte once.
pub(crate) fn look(reader: &mut (impl Read + Seek)) -> Result<Seen, StreamError> {
    reader.seek(SeekFrom::Start(0))?;
    let mut sha = Sha256::new();
    let mut buffer = vec![0; PIECE];
    // The end of a character that is cut by the end of a piece.
    let mut cut: Vec<u8> = Vec::new();
    let (mut bytes, mut utf8, mut zero) = (0_u64, true, false);
    let mut start: Vec<u8> = Vec::new();
    loop {
        let read = reader.read(&mut buffer)?;
        let piece = &buffer[..read];
        if read == 0 {
            break;
        }
        sha.update(piece);
        bytes += read as u64;
        if start.len() < PIECE {
            start.extend_from_slice(piece);
        }
        zero |= piece.contains(&0);
        if utf8 {
            cut.extend_from_slice(piece);
            match std::str::from_utf8(&cut) {
                Ok(_) => cut.clear(),
                Err(error) if error.error_len().is_none() => {
                    cut.drain(..error.valid_up_to());
                }
                Err(_) => utf8 = false,
            }
        }
    }
    utf8 &= cut.is_empty();
    if let Some(kind) = known_kind(&start) {
        return Err(FileError::OtherKind { kind }.into());
    }
    let (encoding, big) = match start.as_slice() {
        [0xff, 0xfe, ..] => (Encoding::Utf16, false),
        [0xfe, 0xff, ..] => (Encoding::Utf16, true),
        [0xef, 0xbb, 0xbf, ..] if !utf8 => {
            return Err(FileError::BrokenUtf8 { row: 0 }.into());
        }
        _ if utf8 => (Encoding::Utf8, false),
        _ if zero => return Err(FileError::NotText.into()),
        _ => (Encoding::Windows1252, false),
    };
    let control = |b: &u8| *b < 0x20 && !matches!(*b, b'\t' | b'\n' | b'\r' | 0x1a) || *b == 0x7f;
    if encoding != Encoding::Utf16 && start.iter().any(control) {
        return Err(FileError::NotText.into());
    }
    Ok(Seen {
        encoding,
        big,
        sha256: sha.finalize().into(),
        bytes,
    })
}

/// The text of a file, a piece at a time.
pub(crate) struct Text<'r, R> {
    reader: &'r mut R,
    decoder: Decoder,
    buffer: Vec<u8>,
    /// What is in memory; everything before `at` was handed out.
    pub text: String,
    pub at: usize,
    ended: bool,
    /// Bytes read so far.
    pub read: u64,
}

impl<'r, R: Read + Seek> Text<'r, R> {
    pub(crate) fn begin(reader: &'r mut R, seen: &Seen) -> Result<Self, StreamError> {
        reader.seek(SeekFrom::Start(0))?;
        let decoder = match (seen.encoding, seen.big) {
            (Encoding::Utf16, false) => UTF_16LE.new_decoder_with_bom_removal(),
            (Encoding::Utf16, true) => UTF_16BE.new_decoder_with_bom_removal(),
            (Encoding::Utf8, _) => UTF_8.new_decoder_with_bom_removal(),
            (Encoding::Windows1252, _) => WINDOWS_1252.new_decoder_without_bom_handling(),
        };
        let mut text = Self {
            reader,
            decoder,
            buffer: vec![0; PIECE],
            text: String::new(),
            at: 0,
            ended: false,
            read: 0,
        };
        text.more()?;
        Ok(text)
    }

    /// Reads on; what was handed out leaves memory.
    fn more(&mut self) -> Result<(), StreamError> {
        self.text.drain(..self.at);
        self.at = 0;
        let read = self.reader.read(&mut self.buffer)?;
        self.read += read as u64;
        self.ended = read == 0;
        let most = self.decoder.max_utf8_buffer_length(read).unwrap_or(PIECE);
        self.text.reserve(most);
        let (_, taken, _) =
            self.decoder
                .decode_to_string(&self.buffer[..read], &mut self.text, self.ended);
        debug_assert_eq!(taken, read);
        if self.ended && self.text.ends_with('\u{1a}') {
            self.text.pop();
        }
        Ok(())
    }

    /// The first line, for the separator. It is in memory after [`Text::begin`], unless it is no header at all.
    pub(crate) fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Hands over the next row; false at the end.
    pub(crate) fn row(
        &mut self,
        separator: u8,
        keep: usize,
        each: &mut dyn FnMut(&Row<'_>),
    ) -> Result<bool, StreamError> {
        loop {
            if self.at >= self.text.len() {
                if self.ended {
                    return Ok(false);
                }
                self.more()?;
                continue;
            }
            let mut row = Row::default();
            let next = split_row(&self.text, self.at, separator, keep, &mut row);
            let open = matches!(row.fault, Some(RowFault::QuoteNotClosed(_)));
            let whole = self.ended
                || (next < self.text.len() && !open)
                || self.text.len() - self.at > LONGEST_ROW;
            if whole {
                each(&row);
                self.at = next;
                return Ok(true);
            }
            self.more()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    /// Gives a few bytes at a time.
    struct Slow(Cursor<Vec<u8>>, usize);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(buffer.len());
            self.0.read(&mut buffer[..most])
        }
    }

    impl Seek for Slow {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    fn rows(reader: &mut (impl Read + Seek)) -> Result<Vec<Vec<String>>, StreamError> {
        let seen = look(reader)?;
        let mut text = Text::begin(reader, &seen)?;
        let mut found = Vec::new();
        while text.row(b',', 100, &mut |row| {
            found.push(row.cells.iter().map(|c| c.to_string()).collect());
        })? {}
        Ok(found)
    }

    #[test]
    fn every_encoding_gives_the_same_rows() {
        let text = "nama,alamat\nÉlis,\"Jl. \"\"A\"\"\n2\"\n";
        let wanted = vec![vec!["nama", "alamat"], vec!["Élis", "Jl. \"A\"\n2"]];
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let windows = WINDOWS_1252.encode(text).0.into_owned();
        let marked = [&[0xef, 0xbb, 0xbf][..], text.as_bytes()].concat();
        for bytes in [text.as_bytes().to_vec(), utf16, windows, marked] {
            for piece in [1, 3, 1000] {
                let found = rows(&mut Slow(Cursor::new(bytes.clone()), piece)).unwrap();
                assert_eq!(found, wanted);
            }
        }
    }

    #[test]
    fn a_workbook_and_bytes_that_are_no_text_are_named() {
        let code = |bytes: &[u8]| match rows(&mut Cursor::new(bytes.to_vec())) {
            Err(StreamError::File(error)) => error.code(),
            other => panic!("{other:?}"),
        };
        assert_eq!(code(b"PK\x03\x04rest"), "file_not_csv");
        assert_eq!(code(b"a,b\n\xff\x00\x01"), "file_not_text");
    }

    #[test]
    fn a_mark_that_is_never_closed_costs_one_row_of_a_large_file() {
        let mut text = "a,\"b\n".to_owned();
        for n in 0..700_000 {
            text.push_str(&format!("{n},x\n"));
        }
        let found = rows(&mut Cursor::new(text.into_bytes())).unwrap();
        assert_eq!(found.len(), 700_001);
    }

    proptest! {
        #[test]
        fn what_comes_in_pieces_is_what_was_there_as_a_whole(
            text in "([ab,é\"\n]|\r\n){0,60}",
            piece in 1_usize..7,
        ) {
            let mut at = 0;
            let mut whole: Vec<Vec<String>> = Vec::new();
            while at < text.len() {
                let mut row = Row::default();
                at = split_row(&text, at, b',', 100, &mut row);
                whole.push(row.cells.iter().map(|c| c.to_string()).collect());
            }
            let found = rows(&mut Slow(Cursor::new(text.into_bytes()), piece)).unwrap();
            prop_assert_eq!(found, whole);
        }
    }
}
