//! The persons to be compared, prepared once: words, numbers and dates in columns, each text stored once.

use crate::{
    compare::{MOST_BITS, bits},
    intern::Interner,
    normalise::{
        self, address,
        date::TypedDate,
        name::Name,
        number::{birth_of, is_placeholder, sex_of, squeeze, usable_family_card, usable_nik},
        sex, spelling,
    },
    schema::{Field, FieldKind, MOST_FIELDS},
};
use lawang_domain::Sex;

/// Why a list of fields cannot be compared.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SchemaError {
    /// Nothing to compare.
    #[error("no field is named: at least one is needed")]
    Empty,
    /// More fields than fit.
    #[error("{0} fields are named, at most {MOST_FIELDS} can be compared")]
    TooMany(usize),
}

/// Words of a value of each row, and the value as a whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    /// Where the words of each row begin in `words`; one more than there are rows.
    starts: Vec<u32>,
    words: Vec<u32>,
    pub dictionary: Interner,
    /// What is known of each word of the dictionary.
    pub about: Vec<About>,
    /// How many rows hold each word of the dictionary.
    pub rows_with: Vec<u32>,
    /// The value as written, normalised; 0 is missing.
    pub written: Vec<u32>,
    /// The value with its words in alphabetical order; 0 is missing.
    pub whole: Vec<u32>,
    /// The value without blanks.
    pub joined: Vec<u32>,
    pub wholes: Interner,
    /// How many rows hold each whole.
    pub rows_whole: Vec<u32>,
    /// `-log2` of the share of rows, besides one, with each word; made by [`Persons::finish`].
    bits: Vec<f32>,
    /// The same for each whole, besides two rows.
    whole_bits: Vec<f32>,
    /// The most bits that the words of each row can give, in halves.
    most: Vec<u8>,
}

impl Words {
    pub(crate) fn push(&mut self, written: &str, words: &[String], sorted: bool) {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        let begin = self.words.len();
        for word in words {
            let number = self.dictionary.number(word);
            if number as usize >= self.about.len() {
                self.about.resize(self.dictionary.len(), About::default());
                self.rows_with.resize(self.dictionary.len(), 0);
                self.about[number as usize] = About::of(word);
            }
            if !self.words[begin..].contains(&number) {
                self.rows_with[number as usize] += 1;
                self.words.push(number);
            }
        }
        if sorted {
            self.words[begin..].sort_unstable();
        }
        self.starts.push(self.words.len() as u32);
        let mut alphabetical: Vec<&str> = words.iter().map(String::as_str).collect();
        let joined = self.wholes.number(&alphabetical.concat());
        alphabetical.sort_unstable();
        let whole = self.wholes.number(&alphabetical.join(" "));
        // A mark keeps the written form apart from the whole one.
        let written = match words.is_empty() {
            true => 0,
            false => self.wholes.number(&format!("\u{1}{written}")),
        };
        self.rows_whole.resize(self.wholes.len(), 0);
        self.rows_whole[whole as usize] += 1;
        self.written.push(written);
        self.whole.push(whole);
        self.joined.push(joined);
    }

    fn finish(&mut self, rows: u32) {
        let total = f64::from(rows.max(2));
        self.bits = self
            .rows_with
            .iter()
            .map(|n| bits(f64::from((*n).max(2) - 1) / total))
            .collect();
        self.whole_bits = self
            .rows_whole
            .iter()
            .map(|n| bits((f64::from(*n) - 2.0) / total))
            .collect();
        let most = |row: u32| {
            // An initial may fit a word that is commoner than the initial is rare.
            let of = |word: &u32| self.word_bits(*word).max(4.0);
            let sum: f32 = self.of(row).iter().map(of).sum();
            (sum.min(MOST_BITS) * 2.0).ceil() as u8
        };
        self.most = (0..self.whole.len() as u32).map(most).collect();
    }

    fn pop(&mut self) {
        let row = self.whole.len().saturating_sub(1) as u32;
        for word in self.of(row).to_vec() {
            self.rows_with[word as usize] -= 1;
        }
        self.starts.pop();
        let end = self.starts.last().copied().unwrap_or(0);
        self.words.truncate(end as usize);
        if let Some(whole) = self.whole.pop() {
            self.rows_whole[whole as usize] -= 1;
        }
        self.written.pop();
        self.joined.pop();
    }

    /// The most bits that an agreement with the words of a row can give.
    pub fn most_bits(&self, row: u32) -> f32 {
        let sum = self.most.get(row as usize);
        sum.map_or(MOST_BITS, |halves| f32::from(*halves) / 2.0)
    }

    /// How rare a word is, in bits: what two strangers who share it prove.
    pub fn word_bits(&self, word: u32) -> f32 {
        self.bits.get(word as usize).copied().unwrap_or(MOST_BITS)
    }

    /// How rare the value of a row is, in bits, judged by the rows that hold it besides a pair.
    pub fn value_bits(&self, row: u32) -> f32 {
        let whole = self.whole[row as usize] as usize;
        self.whole_bits.get(whole).copied().unwrap_or(MOST_BITS)
    }

    /// The words of a row; those of an address are sorted by number.
    pub fn of(&self, row: u32) -> &[u32] {
        let row = row as usize;
        match (self.starts.get(row), self.starts.get(row + 1)) {
            (Some(from), Some(to)) => &self.words[*from as usize..*to as usize],
            _ => &[],
        }
    }
}

/// What is known of a word without looking at it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct About {
    /// How it sounds, as a hash; 0 for the empty word.
    pub sound: u32,
    /// Which letters it has: a bit each for a to z, the rest share the others.
    pub letters: u32,
    /// Number of letters.
    pub length: u8,
    /// A digit is in it.
    pub number: bool,
}

impl About {
    pub(crate) fn of(word: &str) -> Self {
        let letters = word.chars().fold(0, |set, c| match c {
            'a'..='z' => set | 1 << (c as u32 - 97),
            other => set | 1 << (26 + other as u32 % 6),
        });
        Self {
            sound: short_hash(&spelling::sound(word)),
            letters,
            length: word.chars().count().min(255) as u8,
            number: word.bytes().any(|b| b.is_ascii_digit()),
        }
    }
}

/// One number for each row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    pub rows: Vec<u32>,
    pub texts: Interner,
    /// How many rows hold each value.
    pub rows_with: Vec<u32>,
}

impl Values {
    fn push(&mut self, text: &str) {
        let number = self.texts.number(text);
        self.rows_with.resize(self.texts.len(), 0);
        self.rows_with[number as usize] += 1;
        self.rows.push(number);
    }

    fn pop(&mut self) {
        if let Some(value) = self.rows.pop() {
            self.rows_with[value as usize] -= 1;
        }
    }

    pub fn text(&self, row: u32) -> &str {
        self.texts.get(self.rows[row as usize])
    }
}

/// Dates of each row, 0 where missing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dates {
    pub rows: Vec<TypedDate>,
    /// Sorted dates with the number of rows that hold them; made by [`Persons::finish`].
    pub counts: rustc_hash::FxHashMap<u32, u32>,
}

/// A field of all rows.
#[derive(Clone, Debug)]
pub(crate) enum Column {
    Name(Words),
    Date(Dates),
    Sex(Vec<u8>),
    Nik(Values),
    Number(Values),
    Address(Words),
    Region(Values),
    Text(Words),
    Code(Values),
}

/// Persons prepared for comparison. Rows are known by their place, from 0. With two lists, the rows of the first
/// come first, then [`Persons::begin_right`], then those of the second.
#[derive(Clone, Debug)]
pub struct Persons {
    fields: Vec<Field>,
    pub(crate) columns: Vec<Column>,
    /// Birth date and sex (1, 2) in the row's NIK; 0 where there is none. Empty without a field of NIKs.
    pub(crate) from_nik: Vec<(TypedDate, u8)>,
    rows: u32,
    right_from: Option<u32>,
    latest_year: u32,
}

impl Persons {
    /// No persons yet. `latest_year` is the last year in which somebody may have been born: a NIK gives no century.
    ///
    /// # Errors
    /// No field, or more than [`MOST_FIELDS`].
    pub fn new(fields: Vec<Field>, latest_year: u32) -> Result<Self, SchemaError> {
        match fields.len() {
            0 => return Err(SchemaError::Empty),
            n if n > MOST_FIELDS => return Err(SchemaError::TooMany(n)),
            _ => {}
        }
        let columns = fields
            .iter()
            .map(|field| match field.kind {
                FieldKind::Name => Column::Name(Words::default()),
                FieldKind::BirthDate => Column::Date(Dates::default()),
                FieldKind::Sex => Column::Sex(Vec::new()),
                FieldKind::Nik => Column::Nik(Values::default()),
                FieldKind::FamilyCard | FieldKind::Identifier => Column::Number(Values::default()),
                FieldKind::Address => Column::Address(Words::default()),
                FieldKind::Region => Column::Region(Values::default()),
                FieldKind::Text => Column::Text(Words::default()),
                FieldKind::Code => Column::Code(Values::default()),
            })
            .collect();
        Ok(Self {
            fields,
            columns,
            from_nik: Vec::new(),
            rows: 0,
            right_from: None,
            latest_year,
        })
    }

    /// The fields, in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Number of rows, of both lists.
    pub fn len(&self) -> u32 {
        self.rows
    }

    /// True when there is nobody.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// What is pushed from now on belongs to the second list; pairs are then sought between the lists only.
    pub fn begin_right(&mut self) {
        self.right_from = Some(self.rows);
    }

    /// The first row of the second list, if there are two.
    pub fn right_from(&self) -> Option<u32> {
        self.right_from
    }

    /// Number of pairs that could be looked at.
    pub fn all_pairs(&self) -> f64 {
        let n = f64::from(self.rows);
        match self.right_from {
            Some(from) => f64::from(from) * (n - f64::from(from)),
            None => n * (n - 1.0) / 2.0,
        }
    }

    /// Adds a person: one value for each field, in their order; missing and surplus values count as empty.
    pub fn push(&mut self, values: &[&str]) {
        let mut from_nik = None;
        for (index, column) in self.columns.iter_mut().enumerate() {
            let value = values.get(index).copied().unwrap_or_default();
            match column {
                Column::Name(words) => {
                    let name = Name::parse(value);
                    words.push(&name.written.join(" "), &name.words, false);
                }
                Column::Address(words) => {
                    let found = address::parse(value);
                    words.push(&found.join(" "), &found, true);
                }
                Column::Text(words) => {
                    let written = normalise::words(value, 6);
                    let canonical: Vec<String> =
                        written.iter().map(|w| spelling::canonical(w)).collect();
                    words.push(&written.join(" "), &canonical, false);
                }
                Column::Date(dates) => {
                    dates.rows.push(TypedDate::parse(value).unwrap_or_default());
                }
                Column::Sex(rows) => rows.push(sex_code(sex::parse(value))),
                Column::Nik(numbers) => {
                    let nik = usable_nik(value);
                    numbers.push(nik.as_ref().map_or("", |n| n.reveal()));
                    if from_nik.is_none() {
                        from_nik = Some(nik.map_or_else(Default::default, |n| {
                            let birth = birth_of(&n, self.latest_year).unwrap_or_default();
                            (birth, sex_code(sex_of(&n)))
                        }));
                    }
                }
                Column::Number(numbers) if self.fields[index].kind == FieldKind::FamilyCard => {
                    numbers.push(&usable_family_card(value).unwrap_or_default());
                }
                Column::Number(numbers) => {
                    let number = squeeze(value);
                    numbers.push(if is_placeholder(&number) { "" } else { &number });
                }
                Column::Region(numbers) => {
                    let code = value.trim();
                    numbers.push(if code.len() <= 40 { code } else { "" });
                }
                Column::Code(numbers) => {
                    let code = squeeze(value);
                    numbers.push(if code.trim_matches('0').is_empty() {
                        ""
                    } else {
                        &code
                    });
                }
            }
        }
        if let Some(found) = from_nik {
            self.from_nik.push(found);
        }
        self.rows += 1;
    }

    /// Takes back the person pushed last.
    pub(crate) fn pop(&mut self) {
        if self.rows == 0 {
            return;
        }
        self.rows -= 1;
        self.from_nik.pop();
        for column in &mut self.columns {
            match column {
                Column::Name(words) | Column::Address(words) | Column::Text(words) => words.pop(),
                Column::Date(dates) => drop(dates.rows.pop()),
                Column::Sex(rows) => drop(rows.pop()),
                Column::Nik(values)
                | Column::Number(values)
                | Column::Region(values)
                | Column::Code(values) => values.pop(),
            }
        }
    }

    /// Counts what has to be counted over all rows. Called once, before pairs are sought.
    pub(crate) fn finish(&mut self) {
        for column in &mut self.columns {
            match column {
                Column::Date(dates) => {
                    dates.counts.clear();
                    for date in dates.rows.iter().filter(|d| d.0 != 0) {
                        *dates.counts.entry(date.0).or_insert(0) += 1;
                    }
                }
                Column::Name(words) | Column::Address(words) | Column::Text(words) => {
                    words.finish(self.rows);
                }
                _ => {}
            }
        }
    }

    /// Whether two rows hold one usable NIK.
    pub(crate) fn same_nik(&self, a: u32, b: u32) -> bool {
        self.columns.iter().any(|column| match column {
            Column::Nik(values) => {
                let own = values.rows[a as usize];
                own != 0 && own == values.rows[b as usize]
            }
            _ => false,
        })
    }

    /// True for the name of somebody else than the person: mother or father.
    pub(crate) fn is_relative(&self, field: usize) -> bool {
        let name = &self.fields[field].name;
        name.starts_with("mother") || name.starts_with("father")
    }

    /// The first field of dates.
    pub(crate) fn dates(&self) -> Option<&Dates> {
        self.columns.iter().find_map(|column| match column {
            Column::Date(dates) => Some(dates),
            _ => None,
        })
    }

    /// The place of the first field of a kind.
    pub(crate) fn first_of(&self, kind: FieldKind) -> Option<usize> {
        self.fields.iter().position(|f| f.kind == kind)
    }
}

fn sex_code(sex: Option<Sex>) -> u8 {
    match sex {
        None => 0,
        Some(Sex::Male) => 1,
        Some(Sex::Female) => 2,
    }
}

/// A hash of a text in 32 bits; 0 is kept for the empty text.
pub(crate) fn short_hash(text: &str) -> u32 {
    if text.is_empty() {
        return 0;
    }
    let mut hash = 0x811c_9dc5_u32;
    for byte in text.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash.max(1)
}
