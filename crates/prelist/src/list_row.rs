//! One row of another office's list.

use crate::{
    CivilAnswer, CivilStatus, Kind, ListKind, ListRow, Message, Refused,
    cells::normalise,
    lists::{Columns, refused},
    split::{Row, RowFault},
};
use lawang_domain::VillageCode;

pub(crate) fn read_row(
    kind: ListKind,
    places: &[Option<usize>],
    width: usize,
    row: &Row<'_>,
    number: usize,
) -> Result<ListRow, Vec<Refused>> {
    let columns = kind.columns();
    let column_at = |cell: usize| {
        let at = places.iter().position(|p| *p == Some(cell));
        at.map_or("", |at| columns[at].0)
    };
    match row.fault {
        Some(RowFault::CellTooLong(cell)) => {
            return Err(vec![refused(
                number,
                column_at(cell),
                "cell_too_long",
                "isi sel terlalu panjang; mungkin tanda kutip tidak ditutup",
                "the cell is too long; perhaps a quotation mark is not closed",
            )]);
        }
        Some(RowFault::QuoteNotClosed(cell)) => {
            return Err(vec![refused(
                number,
                column_at(cell),
                "quote_not_closed",
                "tanda kutip (\") dibuka tetapi tidak pernah ditutup",
                "a quotation mark (\") is opened and never closed",
            )]);
        }
        None if row.count != width => {
            let found = row.count;
            return Err(vec![refused(
                number,
                "",
                "column_count",
                &format!("baris ini punya {found} sel, seharusnya {width} seperti judul kolom"),
                &format!("this row has {found} cells instead of the {width} of the header"),
            )]);
        }
        None => {}
    }
    let mut reader = Cells {
        columns,
        places,
        row,
        number,
        faults: Vec::new(),
    };
    let found = match kind {
        ListKind::Civil => reader.civil(),
        ListKind::Programme => reader.programme(),
    };
    if reader.faults.is_empty() {
        Ok(found)
    } else {
        Err(reader.faults)
    }
}

struct Cells<'a> {
    columns: Columns,
    places: &'a [Option<usize>],
    row: &'a Row<'a>,
    number: usize,
    faults: Vec<Refused>,
}

impl Cells<'_> {
    fn raw(&self, name: &str) -> &str {
        let at = self
            .columns
            .iter()
            .position(|(column, _, _)| *column == name);
        at.and_then(|at| self.places[at])
            .and_then(|cell| self.row.cells.get(cell))
            .map_or("", |cell| cell.trim())
    }

    fn refuse(&mut self, column: &str, code: &'static str, id: &str, en: &str) {
        self.faults.push(refused(self.number, column, code, id, en));
    }

    fn cell(&mut self, name: &str, kind: Kind) -> String {
        let value = self.raw(name).to_owned();
        match normalise(kind, name, &value) {
            Ok(value) => value.into_owned(),
            Err(fault) => {
                let Message { id, en } = fault.message;
                self.refuse(name, fault.code, &id, &en);
                String::new()
            }
        }
    }

    fn village(&mut self) -> String {
        let text = self.raw("village_code").to_owned();
        if text.is_empty() {
            return text;
        }
        match text.parse::<VillageCode>() {
            Ok(code) => code.to_string(),
            Err(error) => {
                let Message { id, en } = error.message();
                self.refuse("village_code", "unknown_region", &id, &en);
                String::new()
            }
        }
    }

    fn common(&mut self) -> ListRow {
        ListRow {
            row: self.number,
            nik: self.cell("nik", Kind::Nik),
            name: self.cell("name", Kind::Name),
            no_kk: self.cell("no_kk", Kind::FamilyCard),
            address: self.cell("address", Kind::Text),
            village: self.village(),
            ..ListRow::default()
        }
    }

    fn civil(&mut self) -> ListRow {
        let mut row = self.common();
        let sixteen = row.nik.len() == 16 && row.nik.bytes().all(|b| b.is_ascii_digit());
        if !sixteen && self.faults.is_empty() {
            self.refuse(
                "nik",
                "nik_format",
                "NIK harus 16 angka; format kolom sebagai teks supaya Excel tidak merusaknya",
                "a NIK has 16 digits; format the column as text, so that Excel does not destroy it",
            );
        }
        row.sex = self.word(
            "sex",
            |word| {
                Some(
                    match word {
                        "" => "",
                        "1" | "l" | "lk" | "laki" | "lakilaki" | "pria" | "m" | "male" => "1",
                        "2" | "p" | "pr" | "perempuan" | "wanita" | "f" | "female" => "2",
                        _ => return None,
                    }
                    .to_owned(),
                )
            },
            "1, 2, L, P",
        );
        row.birth_date = self.cell("birth_date", Kind::Date);
        row.mother = self.cell("mother_maiden_name", Kind::Name);
        row.rt = self.cell("rt", Kind::Text);
        row.rw = self.cell("rw", Kind::Text);
        row.status = self.word(
            "status",
            |word| {
                Some(match word {
                    "" | "alive" | "hidup" | "aktif" | "active" | "ada" => CivilStatus::Active,
                    "deceased" | "dead" | "meninggal" | "meninggaldunia" | "wafat" | "mati" => {
                        CivilStatus::Deceased
                    }
                    "moved" | "pindah" | "pindahkeluar" | "pindahpenduduk" => CivilStatus::Moved,
                    "inactive" | "nonaktif" | "tidakaktif" => CivilStatus::Inactive,
                    _ => return None,
                })
            },
            "alive/hidup, deceased/meninggal, moved/pindah, inactive/tidak aktif",
        );
        self.answers(&mut row);
        row
    }

    fn answers(&mut self, row: &mut ListRow) {
        let answer = self.word(
            "answer",
            |word| {
                Some(match word {
                    "" => (None, CivilStatus::Active),
                    "sesuai" | "padan" | "match" | "found" | "ditemukan" => {
                        (Some(CivilAnswer::Found), CivilStatus::Active)
                    }
                    "tidaksesuai" | "differs" => (Some(CivilAnswer::Differs), CivilStatus::Active),
                    "tidakditemukan" | "datatidakditemukan" | "notfound" | "tidakpadan" => {
                        (Some(CivilAnswer::NotFound), CivilStatus::Active)
                    }
                    "meninggal" | "meninggaldunia" | "deceased" => {
                        (Some(CivilAnswer::Found), CivilStatus::Deceased)
                    }
                    "nonaktif" | "tidakaktif" | "inactive" => {
                        (Some(CivilAnswer::Found), CivilStatus::Inactive)
                    }
                    _ => return None,
                })
            },
            "sesuai, tidak sesuai, tidak ditemukan, meninggal, nonaktif",
        );
        row.answer = answer.0;
        if answer.1 != CivilStatus::Active {
            row.status = answer.1;
        }
        for (column, field) in [
            ("name_answer", "name"),
            ("sex_answer", "sex"),
            ("birth_date_answer", "birth_date"),
            ("mother_answer", "mother"),
            ("address_answer", "address"),
        ] {
            let differs = self.word(
                column,
                |word| {
                    Some(match word {
                        "" | "sesuai" | "match" => false,
                        "tidaksesuai" | "differs" => true,
                        _ => return None,
                    })
                },
                "sesuai, tidak sesuai",
            );
            if differs {
                row.differs.push(field);
            }
        }
    }

    /// A cell that holds one of a few words; capitals, blanks and hyphens make no difference.
    fn word<T: Default>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Option<T>,
        allowed: &str,
    ) -> T {
        let word: String = self
            .raw(name)
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .take(40)
            .collect();
        if let Some(found) = read(&word) {
            return found;
        }
        self.refuse(
            name,
            "unknown_code",
            &format!("isi tidak dikenal; yang boleh: {allowed}"),
            &format!("what stands there is not known; allowed: {allowed}"),
        );
        T::default()
    }

    fn programme(&mut self) -> ListRow {
        let mut row = self.common();
        if row.name.is_empty() && row.nik.is_empty() && self.faults.is_empty() {
            self.refuse(
                "name",
                "nobody_named",
                "baris ini tidak menyebut siapa pun: nama dan NIK kosong",
                "this row names nobody: name and NIK are empty",
            );
        }
        row.last_paid = self.month("last_paid");
        row.until = self.month("until");
        row
    }

    fn month(&mut self, name: &str) -> String {
        let text = self.raw(name).to_owned();
        let digits = |part: &str, most: usize| {
            let good = !part.is_empty() && part.len() <= most;
            (good && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse::<u32>().ok())
                .flatten()
        };
        let parts: Vec<&str> = text.split(['-', '/']).collect();
        let month = match parts[..] {
            _ if text.is_empty() => return text,
            [year, month] if year.len() == 4 => digits(year, 4).zip(digits(month, 2)),
            [month, year] if year.len() == 4 => digits(year, 4).zip(digits(month, 2)),
            [_, _, _] => return self.cell(name, Kind::Date),
            _ => None,
        };
        match month {
            Some((year, month)) if (1990..2100).contains(&year) && (1..=12).contains(&month) => {
                format!("{year:04}-{month:02}")
            }
            _ => {
                self.refuse(
                    name,
                    "impossible_date",
                    "bulan tidak mungkin; tulis TTTT-BB, misalnya 2026-09",
                    "impossible month; write YYYY-MM, for example 2026-09",
                );
                String::new()
            }
        }
    }
}
