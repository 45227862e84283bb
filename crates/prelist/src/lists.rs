//! Lists of other offices: the civil registry's extract or answer, and the lists of the programmes. Read row by row in
//! bounded memory, and refused row by row with the reason, as a prelist is.

use crate::{
    FileError, Message, MissingColumn, Refused,
    decode::Encoding,
    header::{MAX_COLUMNS, closest, plain, separator_of},
    list_row::read_row,
    stream::{Seen, StreamError, Text, look},
};
use std::io::{Read, Seek};

/// Which list a file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListKind {
    /// The civil registry's extract, or its answer to persons that were sent to it.
    Civil,
    /// Who receives what, of one programme.
    Programme,
}

/// Columns of a list: name, whether it must be there, other names for it.
pub(crate) type Columns = &'static [(&'static str, bool, &'static [&'static str])];

const CIVIL: Columns = &[
    ("nik", true, &["no_nik", "no_ktp"]),
    ("name", true, &["nama", "nama_lengkap", "nama_lgkp"]),
    ("no_kk", false, &["nomor_kk", "kk", "nokk"]),
    ("sex", false, &["jenis_kelamin", "jk", "jenis_klmin"]),
    (
        "birth_date",
        false,
        &["tanggal_lahir", "tgl_lahir", "tgl_lhr"],
    ),
    (
        "mother_maiden_name",
        false,
        &[
            "nama_ibu",
            "nama_ibu_kandung",
            "ibu_kandung",
            "nama_lgkp_ibu",
        ],
    ),
    ("address", false, &["alamat"]),
    ("rt", false, &["no_rt"]),
    ("rw", false, &["no_rw"]),
    (
        "village_code",
        false,
        &["kode_desa", "kode_kelurahan", "kode_wilayah"],
    ),
    ("status", false, &["status_penduduk", "keterangan_status"]),
    (
        "answer",
        false,
        &["jawaban", "hasil", "hasil_padan", "keterangan"],
    ),
    ("name_answer", false, &["hasil_nama"]),
    ("sex_answer", false, &["hasil_jenis_kelamin"]),
    ("birth_date_answer", false, &["hasil_tanggal_lahir"]),
    ("mother_answer", false, &["hasil_nama_ibu"]),
    ("address_answer", false, &["hasil_alamat"]),
];

const PROGRAMME: Columns = &[
    ("nik", true, &["no_nik", "no_ktp", "nik_penerima"]),
    (
        "name",
        true,
        &["nama", "nama_lengkap", "nama_penerima", "nama_pengurus"],
    ),
    ("no_kk", false, &["nomor_kk", "kk", "nokk"]),
    (
        "village_code",
        false,
        &["kode_desa", "kode_kelurahan", "kode_wilayah"],
    ),
    ("address", false, &["alamat"]),
    (
        "last_paid",
        false,
        &["terakhir_dibayar", "periode", "bulan"],
    ),
    ("until", false, &["sampai", "berlaku_sampai"]),
];

impl ListKind {
    pub(crate) fn columns(self) -> Columns {
        match self {
            Self::Civil => CIVIL,
            Self::Programme => PROGRAMME,
        }
    }
}

/// What the civil registry says of a person besides who they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CivilStatus {
    /// Lives where it says, or nothing is said.
    #[default]
    Active,
    /// Died.
    Deceased,
    /// Moved away.
    Moved,
    /// The number is not in use.
    Inactive,
}

/// Its answer to a person that was sent to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CivilAnswer {
    /// Found.
    Found,
    /// Found, and the person differs.
    Differs,
    /// Not found.
    NotFound,
}

/// One row. Texts are trimmed; what the file does not say is empty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListRow {
    /// As Excel counts it.
    pub row: usize,
    /// As it stands there, without blanks and dots.
    pub nik: String,
    /// The person's name.
    pub name: String,
    /// No. KK.
    pub no_kk: String,
    /// `1` or `2`.
    pub sex: String,
    /// `YYYY-MM-DD`.
    pub birth_date: String,
    /// The mother's name.
    pub mother: String,
    /// Address in words.
    pub address: String,
    /// RT.
    pub rt: String,
    /// RW.
    pub rw: String,
    /// Dotted Kemendagri code.
    pub village: String,
    /// Civil registry only.
    pub status: CivilStatus,
    /// Answer files only.
    pub answer: Option<CivilAnswer>,
    /// Fields that an answer file calls different: `name`, `sex`, `birth_date`, `mother`, `address`.
    pub differs: Vec<&'static str>,
    /// `YYYY-MM` or `YYYY-MM-DD`; programmes only.
    pub last_paid: String,
    /// The same; programmes only.
    pub until: String,
}

/// A file that is such a list. Each call of [`ListFile::each`] reads it from the start.
pub struct ListFile<R> {
    reader: R,
    seen: Seen,
    kind: ListKind,
    separator: u8,
    width: usize,
    /// Place in the row of each column, in the order of the kind's columns.
    places: Vec<Option<usize>>,
    first_row: usize,
    /// Blank lines and the hint above the header, and the header.
    before: usize,
}

impl<R: Read + Seek> ListFile<R> {
    /// Looks at the whole file and reads its header.
    ///
    /// # Errors
    /// What the file is instead of such a list, or what the disk says.
    pub fn open(mut reader: R, kind: ListKind) -> Result<Self, StreamError> {
        let seen = look(&mut reader)?;
        let mut text = Text::begin(&mut reader, &seen)?;
        if text.rest().trim().is_empty() {
            return Err(FileError::Empty.into());
        }
        let mut hint = None;
        let mut before = 0;
        let mut names: Vec<String> = Vec::new();
        let mut shown: Vec<String> = Vec::new();
        let mut broken = false;
        while names.is_empty() {
            let line = text.rest().split('\n').next().unwrap_or_default();
            let said = line.trim().strip_prefix("sep=");
            let skip = said.is_some_and(|rest| rest.len() == 1);
            if let Some(rest) = said.filter(|_| skip) {
                hint = rest.bytes().next();
            }
            let separator = hint.unwrap_or_else(|| separator_of(text.rest()));
            before += 1;
            let there = text.row(separator, MAX_COLUMNS, &mut |row| {
                broken = row.fault.is_some() || row.count > MAX_COLUMNS;
                if !skip && !row.is_blank() {
                    shown = row.cells.iter().map(|c| c.trim().to_owned()).collect();
                    names = row.cells.iter().map(|c| plain(c)).collect();
                }
            })?;
            if !there || broken {
                return Err(FileError::NoListHeader("nik, name").into());
            }
            if !names.is_empty() {
                hint = Some(separator);
            }
        }
        let places = places(kind, &names, &shown)?;
        Ok(Self {
            separator: hint.unwrap_or(b','),
            width: names.len(),
            first_row: before + 1,
            before,
            places,
            reader,
            seen,
            kind,
        })
    }

    /// SHA-256 of the file.
    pub fn sha256(&self) -> [u8; 32] {
        self.seen.sha256
    }

    /// Bytes of the file.
    pub fn bytes(&self) -> u64 {
        self.seen.bytes
    }

    /// Whether the file has a column.
    pub fn has(&self, name: &str) -> bool {
        let mut columns = self.kind.columns().iter().zip(&self.places);
        columns.any(|((column, _, _), place)| *column == name && place.is_some())
    }

    /// What is odd about the file and is read all the same.
    pub fn warnings(&self) -> Vec<Refused> {
        let (code, id, en) = match self.seen.encoding {
            Encoding::Utf8 => return Vec::new(),
            Encoding::Utf16 => (
                "utf_16",
                "berkas ditulis dalam UTF-16; dibaca, tetapi sebaiknya “CSV UTF-8”",
                "the file is written in UTF-16; it was read, but “CSV UTF-8” is better",
            ),
            Encoding::Windows1252 => (
                "windows_1252",
                "berkas bukan UTF-8; dibaca sebagai Windows-1252, periksa huruf beraksen pada nama",
                "the file is not UTF-8; it was read as Windows-1252, check accented letters in names",
            ),
        };
        vec![refused(0, "", code, id, en)]
    }

    /// Hands over every row that is not blank: as it was read, or with the reasons why it cannot be. Beside it how many
    /// bytes of the file were read so far. Gives the number of rows.
    ///
    /// # Errors
    /// What the disk says.
    pub fn each(
        &mut self,
        each: &mut dyn FnMut(Result<ListRow, Vec<Refused>>, u64),
    ) -> Result<usize, StreamError> {
        let mut text = Text::begin(&mut self.reader, &self.seen)?;
        for _ in 0..self.before {
            text.row(self.separator, 1, &mut |_| {})?;
        }
        let mut number = self.first_row;
        let mut rows = 0;
        loop {
            let mut found = None;
            let there = text.row(self.separator, self.width, &mut |row| {
                if !row.is_blank() {
                    found = Some(read_row(self.kind, &self.places, self.width, row, number));
                }
            })?;
            if !there {
                break;
            }
            number += 1;
            if let Some(found) = found {
                rows += 1;
                each(found, text.read);
            }
        }
        if rows == 0 {
            return Err(FileError::NoRows.into());
        }
        Ok(rows)
    }
}

fn places(
    kind: ListKind,
    names: &[String],
    shown: &[String],
) -> Result<Vec<Option<usize>>, FileError> {
    let columns = kind.columns();
    let means = |name: &str, (column, _, aliases): &(&str, bool, &[&str])| {
        name == *column || aliases.contains(&name)
    };
    if !names.iter().any(|n| columns.iter().any(|c| means(n, c))) {
        return Err(FileError::NoListHeader("nik, name"));
    }
    let unknown: Vec<(usize, &String)> = names
        .iter()
        .enumerate()
        .filter(|(_, n)| !columns.iter().any(|c| means(n, c)))
        .collect();
    let mut places = Vec::new();
    let mut missing = Vec::new();
    for column in columns {
        // The column's own name goes before another name for it.
        let own = (0..names.len()).filter(|at| names[*at] == column.0);
        let other = (0..names.len()).filter(|at| means(&names[*at], column));
        let mut found: Vec<usize> = own.collect();
        if found.is_empty() {
            found = other.collect();
        }
        match found[..] {
            [] if column.1 => missing.push(MissingColumn {
                name: column.0,
                did_you_mean: closest(column.0, &unknown, |_| None)
                    .map(|at| shown[at].chars().take(40).collect()),
            }),
            [] => {}
            [_] => {}
            _ => return Err(FileError::DuplicateColumn(column.0.to_owned())),
        }
        places.push(found.first().copied());
    }
    if missing.is_empty() {
        Ok(places)
    } else {
        Err(FileError::MissingColumns(missing))
    }
}

pub(crate) fn refused(row: usize, column: &str, code: &'static str, id: &str, en: &str) -> Refused {
    Refused {
        row,
        column: column.to_owned(),
        code,
        message: Message::new(id, en),
    }
}

impl ListRow {
    /// The NIK as a number, if it has sixteen digits.
    pub fn nik_number(&self) -> Option<u64> {
        let sound = self.nik.len() == 16 && self.nik.bytes().all(|b| b.is_ascii_digit());
        sound.then(|| self.nik.parse().ok()).flatten()
    }
}

#[cfg(test)]
#[path = "lists_tests.rs"]
mod tests;
