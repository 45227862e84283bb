//! What can be wrong with a file, a row or a cell.

use lawang_domain::Message;
use serde::Serialize;

/// One reason why a row was refused. A row with several faults has several.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Refused {
    /// Row as Excel counts it: the header is 1, a cell with line breaks is still one row.
    pub row: usize,
    /// The column's name; empty when the whole row is meant.
    pub column: String,
    /// Stable name: `register_id_missing`, `person_id_missing`, `id_too_long`, `duplicate_person`, `duplicate_nik`,
    /// `unknown_region`, `impossible_date`, `unknown_code`, `not_a_number`, `household_conflict`, `control_character`, `cell_too_long`,
    /// `column_count`, `quote_not_closed`.
    pub code: &'static str,
    /// What to do about it. Never a NIK, a No. KK or a name.
    pub message: Message,
}

/// Something odd that was imported all the same; the same shape as [`Refused`]. Row 0 means the whole file.
///
/// Codes: `windows_1252`, `utf_16`, `dates_day_first`, `unknown_column`, `nik_format`, `no_kk_format`,
/// `duplicate_nik`, `name_missing`.
pub type Warning = Refused;

/// A column that the file must have and has not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MissingColumn {
    /// The name it must have.
    pub name: &'static str,
    /// A column of the file that probably is this one.
    pub did_you_mean: Option<String>,
}

/// The file as a whole cannot be read; nothing of it is imported.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FileError {
    /// No byte, or only blanks.
    #[error("the file is empty")]
    Empty,
    /// Larger than [`crate::MAX_FILE_BYTES`].
    #[error("the file is larger than {limit_mb} MB; split it by village")]
    TooLarge {
        /// The limit in megabytes.
        limit_mb: usize,
    },
    /// An Excel workbook or another known kind of file.
    #[error("this is {kind}, not a CSV file; save it as “CSV UTF-8” and try again")]
    OtherKind {
        /// What it is, in words that are the same in both languages.
        kind: &'static str,
    },
    /// Bytes that are no text.
    #[error("this is no text file; save the list as “CSV UTF-8” and try again")]
    NotText,
    /// UTF-8 announced, but not kept.
    #[error("row {row} holds bytes that are no UTF-8; save the file again as “CSV UTF-8”")]
    BrokenUtf8 {
        /// Line of the first bad byte.
        row: usize,
    },
    /// None of the columns is there.
    #[error(
        "the first row names none of the columns of a prelist; it must be the header (register_id, village_code, ...)"
    )]
    NoHeader,
    /// None of the columns of another list than a prelist is there.
    #[error(
        "the first row names none of the columns of this list; it must be the header ({0}, ...)"
    )]
    NoListHeader(&'static str),
    /// Some columns are not there.
    #[error("the file lacks {}", list(.0, "did you write it as", "?"))]
    MissingColumns(Vec<MissingColumn>),
    /// The same name twice.
    #[error("the column {0} is there twice")]
    DuplicateColumn(String),
    /// A header and nothing else.
    #[error("the file has a header but no row")]
    NoRows,
}

fn list(columns: &[MissingColumn], hint: &str, end: &str) -> String {
    let named: Vec<String> = columns
        .iter()
        .map(|column| match &column.did_you_mean {
            Some(found) => format!("{} ({hint} “{found}”{end})", column.name),
            None => column.name.to_owned(),
        })
        .collect();
    named.join(", ")
}

impl FileError {
    /// Stable name for interfaces.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "file_empty",
            Self::TooLarge { .. } => "file_too_large",
            Self::OtherKind { .. } => "file_not_csv",
            Self::NotText => "file_not_text",
            Self::BrokenUtf8 { .. } => "file_not_utf8",
            Self::NoHeader | Self::NoListHeader(_) => "no_header",
            Self::MissingColumns(_) => "missing_column",
            Self::DuplicateColumn(_) => "duplicate_column",
            Self::NoRows => "no_rows",
        }
    }

    /// The sentence shown to a person.
    pub fn message(&self) -> Message {
        let id = match self {
            Self::Empty => "berkas kosong".to_owned(),
            Self::TooLarge { limit_mb } => {
                format!("berkas lebih besar dari {limit_mb} MB; bagi per desa")
            }
            Self::OtherKind { kind } => format!(
                "ini {kind}, bukan berkas CSV; simpan sebagai “CSV UTF-8” lalu coba lagi"
            ),
            Self::NotText => {
                "ini bukan berkas teks; simpan daftar sebagai “CSV UTF-8” lalu coba lagi".to_owned()
            }
            Self::BrokenUtf8 { row } => format!(
                "baris {row} berisi bita yang bukan UTF-8; simpan ulang berkas sebagai “CSV UTF-8”"
            ),
            Self::NoHeader => "baris pertama tidak memuat satu pun nama kolom prelist; baris pertama harus judul kolom (register_id, village_code, ...)".to_owned(),
            Self::NoListHeader(columns) => format!(
                "baris pertama tidak memuat satu pun nama kolom daftar ini; baris pertama harus judul kolom ({columns}, ...)"
            ),
            Self::MissingColumns(columns) => {
                format!("kolom berikut tidak ada: {}", list(columns, "apakah", " maksudnya?"))
            }
            Self::DuplicateColumn(name) => format!("kolom {name} ada dua kali"),
            Self::NoRows => "berkas hanya berisi judul kolom, tanpa baris".to_owned(),
        };
        Message::new(id, self.to_string())
    }
}
