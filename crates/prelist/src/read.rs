//! Reads a prelist: first every row is checked, then households are built one at a time.

use crate::{
    FileError, Message, Refused, Scope, Warning,
    cells::{is_day_first, normalise},
    decode::{Encoding, decode},
    header::{Header, read_header},
    split::{Row, RowFault, split_row},
};
use lawang_domain::{
    FamilyCardNumber, HouseholdId, InstanceId, Nik, NikError, VillageCode, VillageCodeError,
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

/// One household of the file with its members.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PrelistHousehold {
    /// The register's own key.
    pub register_id: String,
    /// UUIDv5 of `household:<register_id>`.
    pub household: HouseholdId,
    /// Where it lives.
    pub village: VillageCode,
    /// Household columns that are not empty, by name.
    pub answers: BTreeMap<String, String>,
    /// By person (UUIDv5 of `person:<person_id>`): the person's columns that are not empty, and `_order`, the place in
    /// the household by row as four digits from `0001`.
    pub members: BTreeMap<InstanceId, BTreeMap<String, String>>,
}

/// A whole prelist in memory. A large district is better read with [`check`] and [`Checked::households`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Prelist {
    /// In the order of their first row.
    pub households: Vec<PrelistHousehold>,
    /// Rows that were not imported, with every reason, by row.
    pub refused: Vec<Refused>,
    /// What is odd but was imported, by row; first what concerns the file.
    pub warnings: Vec<Warning>,
}

/// Reads `bytes`; `village_exists` tells the villages that may occur ([`crate::regions::village_exists`]).
///
/// # Errors
/// [`FileError`] when the file as a whole is not a prelist; single rows end up in [`Prelist::refused`].
pub fn read(
    bytes: &[u8],
    village_exists: &dyn Fn(&VillageCode) -> bool,
) -> Result<Prelist, FileError> {
    let checked = check(bytes, village_exists)?;
    Ok(Prelist {
        households: checked.households().collect(),
        refused: checked.refused,
        warnings: checked.warnings,
    })
}

/// A checked file, of which households can be taken one at a time.
#[derive(Debug)]
pub struct Checked<'a> {
    text: Cow<'a, str>,
    header: Header,
    groups: Vec<Group>,
    /// Number of rows with a person, also refused ones.
    pub rows: usize,
    /// Rows that are not imported, with every reason, by row.
    pub refused: Vec<Refused>,
    /// What is odd but is imported, by row; first what concerns the file.
    pub warnings: Vec<Warning>,
}

/// The accepted rows of one household, by where they start in the text.
#[derive(Debug)]
struct Group {
    village: VillageCode,
    rows: Vec<usize>,
}

impl Checked<'_> {
    /// Number of households with at least one accepted row.
    pub fn household_count(&self) -> usize {
        self.groups.len()
    }

    /// Number of rows that are imported.
    pub fn accepted_rows(&self) -> usize {
        self.groups.iter().map(|g| g.rows.len()).sum()
    }

    /// The households, in the order of their first row, built as they are asked for.
    pub fn households(&self) -> impl Iterator<Item = PrelistHousehold> + '_ {
        self.groups.iter().map(|group| self.household(group))
    }

    fn household(&self, group: &Group) -> PrelistHousehold {
        let header = &self.header;
        let mut row = Row::default();
        let mut found = PrelistHousehold {
            register_id: String::new(),
            household: HouseholdId::from_register(""),
            village: group.village,
            answers: BTreeMap::new(),
            members: BTreeMap::new(),
        };
        for (index, start) in group.rows.iter().enumerate() {
            split_row(&self.text, *start, header.separator, header.width, &mut row);
            let mut member = BTreeMap::new();
            for slot in &header.slots {
                if slot.scope == Scope::Household && index > 0 {
                    continue;
                }
                let cell = row.cells.get(slot.at).map_or("", |c| c);
                let value = normalise(slot.kind, &slot.name, cell).unwrap_or_default();
                if value.is_empty() {
                    continue;
                }
                let map = match slot.scope {
                    Scope::Household => &mut found.answers,
                    Scope::Member => &mut member,
                };
                map.insert(slot.name.clone(), value.into_owned());
            }
            if let Some(id) = member.get("person_id").map(|p| InstanceId::from_person(p)) {
                member.insert("_order".to_owned(), format!("{:04}", index + 1));
                found.members.insert(id, member);
            }
        }
        if let Some(register_id) = found.answers.get("register_id") {
            found.register_id = register_id.clone();
            found.household = HouseholdId::from_register(register_id);
        }
        found
    }
}

/// Checks every row of `bytes` and keeps where the good ones are: a few dozen bytes a row, whatever its size.
///
/// # Errors
/// [`FileError`] when the file as a whole is not a prelist.
pub fn check<'a>(
    bytes: &'a [u8],
    village_exists: &dyn Fn(&VillageCode) -> bool,
) -> Result<Checked<'a>, FileError> {
    let (text, encoding) = decode(bytes)?;
    let mut header = read_header(&text)?;
    let mut warnings = Vec::new();
    warnings.extend(encoding_warning(encoding));
    warnings.append(&mut header.warnings);
    let mut checker = Checker::new(&text, &header, village_exists);
    let mut row = Row::default();
    let mut at = header.body;
    let mut number = header.first_row;
    let mut rows = 0;
    while at < text.len() {
        at = split_row(&text, at, header.separator, header.width, &mut row);
        if !row.is_blank() {
            checker.row(&row, number);
            rows += 1;
        }
        number += 1;
    }
    if rows == 0 {
        return Err(FileError::NoRows);
    }
    if checker.day_first {
        warnings.push(of_file(
            "dates_day_first",
            "ada tanggal yang ditulis hari lebih dulu (17/08/1990); dibaca sebagai hari/bulan/tahun",
            "some dates are written day first (17/08/1990); they were read as day/month/year",
        ));
    }
    let Checker {
        groups,
        refused,
        warnings: mut of_rows,
        ..
    } = checker;
    warnings.append(&mut of_rows);
    Ok(Checked {
        header,
        groups,
        rows,
        refused,
        warnings,
        text,
    })
}

fn of_file(code: &'static str, id: &str, en: &str) -> Warning {
    Warning {
        row: 0,
        column: String::new(),
        code,
        message: Message::new(id, en),
    }
}

fn encoding_warning(encoding: Encoding) -> Option<Warning> {
    match encoding {
        Encoding::Utf8 => None,
        Encoding::Utf16 => Some(of_file(
            "utf_16",
            "berkas ditulis dalam UTF-16; dibaca, tetapi sebaiknya “CSV UTF-8”",
            "the file is written in UTF-16; it was read, but “CSV UTF-8” is better",
        )),
        Encoding::Windows1252 => Some(of_file(
            "windows_1252",
            "berkas bukan UTF-8; dibaca sebagai Windows-1252, periksa huruf beraksen pada nama",
            "the file is not UTF-8; it was read as Windows-1252, check accented letters in names",
        )),
    }
}

struct Checker<'a> {
    text: &'a str,
    header: &'a Header,
    village_exists: &'a dyn Fn(&VillageCode) -> bool,
    register_id: usize,
    village: usize,
    no_kk: usize,
    person_id: usize,
    name: usize,
    nik: usize,
    by_register_id: HashMap<String, usize>,
    groups: Vec<Group>,
    /// The household columns of the group that was looked at last, so that a usual file is compared without reading
    /// the first row again.
    last: Option<(usize, Vec<String>)>,
    persons: HashMap<InstanceId, usize>,
    /// First row with a NIK in the file, and in each household.
    nik_rows: HashMap<Nik, usize>,
    nik_groups: HashMap<(Nik, usize), usize>,
    village_cache: Option<(String, VillageCode)>,
    day_first: bool,
    refused: Vec<Refused>,
    warnings: Vec<Warning>,
}

impl<'a> Checker<'a> {
    fn new(
        text: &'a str,
        header: &'a Header,
        village_exists: &'a dyn Fn(&VillageCode) -> bool,
    ) -> Self {
        Self {
            text,
            header,
            village_exists,
            register_id: header.slot("register_id"),
            village: header.slot("village_code"),
            no_kk: header.slot("no_kk"),
            person_id: header.slot("person_id"),
            name: header.slot("name"),
            nik: header.slot("nik"),
            by_register_id: HashMap::new(),
            groups: Vec::new(),
            last: None,
            persons: HashMap::new(),
            nik_rows: HashMap::new(),
            nik_groups: HashMap::new(),
            village_cache: None,
            day_first: false,
            refused: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn refuse(&mut self, row: usize, slot: Option<usize>, code: &'static str, message: Message) {
        let column = self.column(slot);
        self.refused.push(Refused {
            row,
            column,
            code,
            message,
        });
    }

    fn warn(&mut self, row: usize, slot: usize, code: &'static str, message: Message) {
        let column = self.column(Some(slot));
        self.warnings.push(Warning {
            row,
            column,
            code,
            message,
        });
    }

    fn column(&self, slot: Option<usize>) -> String {
        slot.and_then(|s| self.header.slots.get(s))
            .map(|s| s.name.clone())
            .unwrap_or_default()
    }

    fn row(&mut self, row: &Row<'_>, number: usize) {
        if !self.is_whole(row, number) {
            return;
        }
        let before = self.refused.len();
        let mut values: Vec<Cow<'_, str>> = Vec::with_capacity(self.header.slots.len());
        let header = self.header;
        for (index, slot) in header.slots.iter().enumerate() {
            let cell = row.cells.get(slot.at).map_or("", |c| c);
            match normalise(slot.kind, &slot.name, cell) {
                Ok(value) => {
                    self.day_first |= slot.kind == crate::Kind::Date && is_day_first(cell);
                    values.push(value);
                }
                Err(fault) => {
                    self.refuse(number, Some(index), fault.code, fault.message);
                    values.push(Cow::Borrowed(""));
                }
            }
        }
        let village = self.village_of(&values[self.village], number);
        let (Some(village), true) = (village, self.refused.len() == before) else {
            return;
        };
        if let Some(group) = self.group_of(&values, number) {
            self.accept(&values, number, row.start, village, group);
        }
    }

    /// Whether the row has the cells that it should have.
    fn is_whole(&mut self, row: &Row<'_>, number: usize) -> bool {
        let at = |cell: usize| self.header.slots.iter().position(|s| s.at == cell);
        match row.fault {
            Some(RowFault::CellTooLong(cell)) => {
                let limit = crate::MAX_CELL_CHARS;
                self.refuse(number, at(cell), "cell_too_long", Message::new(
                    format!("isi sel lebih dari {limit} karakter; mungkin tanda kutip tidak ditutup"),
                    format!("the cell has more than {limit} characters; perhaps a quotation mark is not closed"),
                ));
                false
            }
            Some(RowFault::QuoteNotClosed(cell)) => {
                self.refuse(
                    number,
                    at(cell),
                    "quote_not_closed",
                    Message::new(
                        "tanda kutip (\") dibuka tetapi tidak pernah ditutup",
                        "a quotation mark (\") is opened and never closed",
                    ),
                );
                false
            }
            None if row.count != self.header.width => {
                let (found, wanted) = (row.count, self.header.width);
                self.refuse(
                    number,
                    None,
                    "column_count",
                    Message::new(
                        format!(
                            "baris ini punya {found} sel, seharusnya {wanted} seperti judul kolom"
                        ),
                        format!("this row has {found} cells instead of the {wanted} of the header"),
                    ),
                );
                false
            }
            None => true,
        }
    }

    fn village_of(&mut self, text: &str, number: usize) -> Option<VillageCode> {
        if text.is_empty() {
            return None;
        }
        if let Some((known, code)) = &self.village_cache
            && known == text
        {
            return Some(*code);
        }
        let found: Result<VillageCode, VillageCodeError> = text.parse();
        match found {
            Ok(code) if (self.village_exists)(&code) => {
                self.village_cache = Some((text.to_owned(), code));
                Some(code)
            }
            Ok(code) => {
                self.refuse(
                    number,
                    Some(self.village),
                    "unknown_region",
                    Message::new(
                        format!("kode desa {code} tidak ada dalam daftar wilayah Kemendagri"),
                        format!("no village has the code {code} in the Kemendagri list"),
                    ),
                );
                None
            }
            Err(error) => {
                self.refuse(
                    number,
                    Some(self.village),
                    "unknown_region",
                    error.message(),
                );
                None
            }
        }
    }

    /// The household of the row, new or known; `None` when the row contradicts it.
    fn group_of(&mut self, values: &[Cow<'_, str>], number: usize) -> Option<usize> {
        let household_slots = |header: &Header| -> Vec<usize> {
            (0..header.slots.len())
                .filter(|i| header.slots[*i].scope == Scope::Household)
                .collect()
        };
        let Some(&group) = self.by_register_id.get(values[self.register_id].as_ref()) else {
            return Some(self.groups.len());
        };
        if self.last.as_ref().is_none_or(|(last, _)| *last != group) {
            let mut first = Row::default();
            let start = self.groups[group].rows[0];
            split_row(
                self.text,
                start,
                self.header.separator,
                self.header.width,
                &mut first,
            );
            let own: Vec<String> = household_slots(self.header)
                .into_iter()
                .map(|i| {
                    let slot = &self.header.slots[i];
                    let cell = first.cells.get(slot.at).map_or("", |c| c);
                    normalise(slot.kind, &slot.name, cell)
                        .unwrap_or_default()
                        .into_owned()
                })
                .collect();
            self.last = Some((group, own));
        }
        let (_, own) = self.last.as_ref()?;
        let differing = household_slots(self.header)
            .into_iter()
            .zip(own)
            .find(|(i, own)| values[*i] != **own)
            .map(|(i, _)| i);
        match differing {
            None => Some(group),
            Some(slot) => {
                let name = self.column(Some(slot));
                self.refuse(number, Some(slot), "household_conflict", Message::new(
                    format!("{name} berbeda dengan baris pertama keluarga ini; kolom keluarga harus sama di semua barisnya"),
                    format!("{name} differs from the first row of this household; household columns must be equal in all its rows"),
                ));
                None
            }
        }
    }

    fn accept(
        &mut self,
        values: &[Cow<'_, str>],
        number: usize,
        start: usize,
        village: VillageCode,
        group: usize,
    ) {
        let person = InstanceId::from_person(&values[self.person_id]);
        if let Some(first) = self.persons.get(&person) {
            let message = Message::new(
                format!("person_id ini sudah ada di baris {first}"),
                format!("this person_id is already in row {first}"),
            );
            return self.refuse(number, Some(self.person_id), "duplicate_person", message);
        }
        let nik_text = &values[self.nik];
        match nik_text.parse::<Nik>() {
            _ if nik_text.is_empty() => {}
            Ok(nik) => {
                let first = self.nik_rows.get(&nik).copied();
                if let Some(first) = self.nik_groups.insert((nik, group), number) {
                    return self.refuse(number, Some(self.nik), "duplicate_nik", Message::new(
                        format!("NIK ini sudah dipakai anggota lain dalam keluarga yang sama (lihat baris {first})"),
                        format!("another member of the same household has this NIK (see row {first})"),
                    ));
                }
                match first {
                    None => {
                        self.nik_rows.insert(nik, number);
                    }
                    Some(first) => self.warn(number, self.nik, "duplicate_nik", Message::new(
                        format!("NIK di baris {number} sama dengan NIK di baris {first}; periksa di lapangan"),
                        format!("the NIK in row {number} is the same as in row {first}; check it in the field"),
                    )),
                }
            }
            Err(error) => self.warn(number, self.nik, "nik_format", nik_message(nik_text, error)),
        }
        let card = &values[self.no_kk];
        let is_first = group == self.groups.len();
        if is_first
            && !card.is_empty()
            && let Err(error) = card.parse::<FamilyCardNumber>()
        {
            self.warn(number, self.no_kk, "no_kk_format", error.message());
        }
        if values[self.name].is_empty() {
            self.warn(
                number,
                self.name,
                "name_missing",
                Message::new("nama kosong", "the name is empty"),
            );
        }
        self.persons.insert(person, number);
        if is_first {
            self.by_register_id
                .insert(values[self.register_id].to_string(), group);
            self.groups.push(Group {
                village,
                rows: vec![start],
            });
            let own = self
                .header
                .slots
                .iter()
                .zip(values)
                .filter(|(slot, _)| slot.scope == Scope::Household)
                .map(|(_, value)| value.to_string())
                .collect();
            self.last = Some((group, own));
        } else {
            self.groups[group].rows.push(start);
        }
    }
}

fn nik_message(text: &str, error: NikError) -> Message {
    if text.contains("E+") || text.contains("e+") {
        return Message::new(
            "Excel mengubah NIK menjadi notasi ilmiah (1.8E+15) dan angkanya hilang; ekspor ulang dengan kolom NIK sebagai teks",
            "Excel turned the NIK into scientific notation (1.8E+15) and its digits are lost; export again with the NIK column as text",
        );
    }
    error.message()
}
