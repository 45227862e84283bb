//! From bytes to text: what kind of file it is, and in which encoding.

use crate::{FileError, MAX_FILE_BYTES};
use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// How the bytes were written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Encoding {
    Utf8,
    Utf16,
    Windows1252,
}

const KINDS: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "Excel (.xlsx) / ZIP"),
    (b"\xd0\xcf\x11\xe0", "Excel 97 (.xls)"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "GZIP"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"SQLite format 3", "SQLite"),
    (b"{\\rtf", "RTF"),
];

/// What a file is by its first bytes, when it certainly is no text.
pub(crate) fn known_kind(bytes: &[u8]) -> Option<&'static str> {
    if let Some((_, kind)) = KINDS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(kind);
    }
    let start: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .take(14)
        .collect();
    let page = start.eq_ignore_ascii_case(b"<!DOCTYPEhtml>") || start.starts_with(b"<html");
    page.then_some("HTML")
}

/// The text of the file, borrowed where it is UTF-8 already.
pub(crate) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), FileError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(FileError::TooLarge {
            limit_mb: MAX_FILE_BYTES >> 20,
        });
    }
    // DOS programs end a text with Ctrl-Z.
    let bytes = bytes.strip_suffix(b"\x1a").unwrap_or(bytes);
    if let Some(kind) = known_kind(bytes) {
        return Err(FileError::OtherKind { kind });
    }
    let (text, encoding) = match bytes {
        [0xff, 0xfe, rest @ ..] => (utf_16(UTF_16LE, rest)?, Encoding::Utf16),
        [0xfe, 0xff, rest @ ..] => (utf_16(UTF_16BE, rest)?, Encoding::Utf16),
        [0xef, 0xbb, 0xbf, rest @ ..] => match std::str::from_utf8(rest) {
            Ok(text) => (Cow::Borrowed(text), Encoding::Utf8),
            Err(error) => {
                let lines = rest[..error.valid_up_to()].iter().filter(|b| **b == b'\n');
                return Err(FileError::BrokenUtf8 {
                    row: lines.count() + 1,
                });
            }
        },
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => (Cow::Borrowed(text), Encoding::Utf8),
            // Without a BOM nobody promised UTF-8: Excel's “CSV” writes the system's code page, which here is 1252.
            Err(_) if bytes.contains(&0) => return Err(FileError::NotText),
            Err(_) => (
                WINDOWS_1252.decode_without_bom_handling(bytes).0,
                Encoding::Windows1252,
            ),
        },
    };
    let control = |b: &u8| *b < 0x20 && !matches!(*b, b'\t' | b'\n' | b'\r') || *b == 0x7f;
    if text.as_bytes().iter().take(64 << 10).any(control) {
        return Err(FileError::NotText);
    }
    if text.trim().is_empty() {
        return Err(FileError::Empty);
    }
    Ok((text, encoding))
}

fn utf_16<'a>(
    encoding: &'static encoding_rs::Encoding,
    bytes: &'a [u8],
) -> Result<Cow<'a, str>, FileError> {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or(FileError::NotText)
}
