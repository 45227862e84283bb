//! Which pairs are looked at: rows that share a key. Many keys, each from two fields or from one that is telling, so
//! that no single error hides a pair; and no block larger than a bound, so that no value however common costs more.

use crate::{
    persons::{Column, Persons, Words, short_hash},
    schema::FieldKind,
};
use rayon::prelude::*;

/// The keys are sorted in so many portions, to need less memory at a time.
const PORTIONS: u32 = 8;
/// So many words of a name, of a mother's name, of an address give keys: the rarest.
const NAME_WORDS: usize = 3;
const MOTHER_WORDS: usize = 2;
const ADDRESS_WORDS: usize = 2;

/// The bound of coarse keys is so many times smaller.
const COARSER: usize = 5;

/// Purposes of keys; part of each key, so that keys of different purposes never meet.
#[derive(Clone, Copy)]
enum Purpose {
    Number = 1,
    NumberParts,
    CardAndName,
    CardAndDate,
    Date,
    DateAndName,
    DateAndMother,
    DateAndAddress,
    YearAndName,
    DayAndName,
    WholeName,
    WholeNameAndYear,
    WholeNameAndPlace,
    TwoNames,
    NameAndMother,
    NameAndAddress,
    Address,
    TwoNamesAndYear,
    TwoNamesAndDay,
    NameAndPlace,
}

fn key(purpose: Purpose, a: u32, b: u32) -> u32 {
    let salt = (purpose as u32).wrapping_mul(0x9e37_79b9);
    let hash = (mix(a ^ salt, b.rotate_left(7) ^ salt) >> 7) as u32;
    // The last bit says whether the key is a coarse one.
    hash & !1 | u32::from(purpose.is_coarse())
}

fn mix(a: u32, b: u32) -> u64 {
    let mut x = u64::from(a) << 32 | u64::from(b);
    x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    x ^ (x >> 32)
}

impl Purpose {
    /// Coarse keys put many strangers beside each other; they only count where few rows share them.
    fn is_coarse(self) -> bool {
        matches!(
            self,
            Self::YearAndName
                | Self::DayAndName
                | Self::NameAndPlace
                | Self::NameAndAddress
                | Self::Address
        )
    }
}

/// What a row's keys are made of.
#[derive(Default)]
struct Atoms {
    names: Vec<u32>,
    wholes: Vec<u32>,
    mothers: Vec<u32>,
    address: Vec<u32>,
    places: Vec<u32>,
}

/// Makes the keys of rows.
pub(crate) struct Keys<'a> {
    persons: &'a Persons,
    atoms: Atoms,
}

impl<'a> Keys<'a> {
    pub(crate) fn new(persons: &'a Persons) -> Self {
        Self {
            persons,
            atoms: Atoms::default(),
        }
    }

    /// Puts the keys of a row into `out`, which is emptied first; sorted, each once.
    pub(crate) fn of(&mut self, row: u32, out: &mut Vec<u32>) {
        out.clear();
        let persons = self.persons;
        let atoms = &mut self.atoms;
        for list in [
            &mut atoms.names,
            &mut atoms.wholes,
            &mut atoms.mothers,
            &mut atoms.address,
            &mut atoms.places,
        ] {
            list.clear();
        }
        let (mut date, mut card) = (None, 0);
        for (field, column) in persons.columns.iter().enumerate() {
            let tag = field as u32;
            match column {
                Column::Name(words) if persons.is_relative(field) => {
                    rarest(words, row, MOTHER_WORDS, true, &mut atoms.mothers);
                }
                Column::Name(words) => {
                    rarest(words, row, NAME_WORDS, true, &mut atoms.names);
                    if words.whole[row as usize] != 0 {
                        let whole = words.wholes.get(words.whole[row as usize]);
                        atoms.wholes.push(short_hash(whole));
                    }
                }
                Column::Address(words) => {
                    rarest(words, row, ADDRESS_WORDS, false, &mut atoms.address);
                    if words.whole[row as usize] != 0 {
                        out.push(key(Purpose::Address, words.whole[row as usize], tag));
                    }
                }
                Column::Text(words) => {
                    if words.whole[row as usize] != 0 {
                        atoms.places.push(words.whole[row as usize] ^ tag << 27);
                    }
                }
                Column::Date(dates) => {
                    let found = dates.rows[row as usize];
                    if found.0 != 0 && !found.is_placeholder() {
                        date = Some(found);
                    }
                }
                Column::Sex(_) => {}
                Column::Nik(values) => number_keys(values.text(row), tag, out),
                Column::Number(values) => {
                    if persons.fields()[field].kind == FieldKind::FamilyCard {
                        card = values.rows[row as usize];
                    } else {
                        number_keys(values.text(row), tag, out);
                    }
                }
                Column::Region(values) | Column::Code(values) => {
                    let value = values.rows[row as usize];
                    if value != 0 {
                        atoms.places.push(value ^ tag << 27);
                    }
                }
            }
        }
        let date = date.or_else(|| {
            let from = persons.from_nik.get(row as usize).map(|n| n.0);
            from.filter(|d| d.0 != 0)
        });
        combine(
            atoms,
            date.map(|d| (d.year(), d.month(), d.day())),
            card,
            out,
        );
        out.sort_unstable();
        out.dedup();
    }
}

fn combine(atoms: &Atoms, date: Option<(u32, u32, u32)>, card: u32, out: &mut Vec<u32>) {
    for whole in &atoms.wholes {
        out.push(key(Purpose::WholeName, *whole, 0));
        for place in &atoms.places {
            out.push(key(Purpose::WholeNameAndPlace, *whole, *place));
        }
    }
    if let Some((year, month, day)) = date {
        // Day and month exchanged give the same key.
        let days = month.min(day) * 100 + month.max(day);
        let all = year * 10_000 + days;
        out.push(key(Purpose::Date, all, 0));
        for whole in &atoms.wholes {
            out.push(key(Purpose::WholeNameAndYear, *whole, year));
        }
        for name in &atoms.names {
            out.push(key(Purpose::DateAndName, *name, all));
            out.push(key(Purpose::YearAndName, *name, year));
            out.push(key(Purpose::DayAndName, *name, days));
        }
        for mother in &atoms.mothers {
            out.push(key(Purpose::DateAndMother, *mother, all));
        }
        for word in &atoms.address {
            out.push(key(Purpose::DateAndAddress, *word, all));
        }
        if card != 0 {
            out.push(key(Purpose::CardAndDate, card, all));
        }
    }
    let pairs = |at: usize, name: u32| {
        let others = atoms.names[at + 1..].iter();
        others.map(move |other| (name.min(*other), name.max(*other)))
    };
    if let Some((year, month, day)) = date {
        for (at, name) in atoms.names.iter().enumerate() {
            for (a, b) in pairs(at, *name) {
                let both = key(Purpose::TwoNames, a, b);
                out.push(key(Purpose::TwoNamesAndYear, both, year));
                let days = month.min(day) * 100 + month.max(day);
                out.push(key(Purpose::TwoNamesAndDay, both, days));
            }
        }
    }
    for (at, name) in atoms.names.iter().enumerate() {
        if card != 0 {
            out.push(key(Purpose::CardAndName, card, *name));
        }
        for (a, b) in pairs(at, *name) {
            out.push(key(Purpose::TwoNames, a, b));
        }
        for mother in &atoms.mothers {
            out.push(key(Purpose::NameAndMother, *name, *mother));
        }
        for word in &atoms.address {
            out.push(key(Purpose::NameAndAddress, *name, *word));
        }
        for place in &atoms.places {
            out.push(key(Purpose::NameAndPlace, *name, *place));
        }
    }
}

/// A number as a whole, and any two thirds of it: a slip in one third leaves the other two.
fn number_keys(number: &str, tag: u32, out: &mut Vec<u32>) {
    if number.is_empty() {
        return;
    }
    out.push(exact_number_key(number, tag));
    let length = number.len();
    if length < 6 || !number.is_ascii() {
        return;
    }
    let (first, second) = match length {
        // PPKKCCDD, MMYY, SSSS.
        16 => (8, 12),
        _ => (length.div_ceil(3), length.div_ceil(3) + length / 3),
    };
    let parts = [&number[..first], &number[first..second], &number[second..]].map(short_hash);
    for (at, (a, b)) in [(0, 1), (0, 2), (1, 2)].into_iter().enumerate() {
        let place = tag << 2 | at as u32;
        let both = key(Purpose::NumberParts, parts[a], parts[b]);
        out.push(key(Purpose::NumberParts, both, place));
    }
}

pub(crate) fn exact_number_key(number: &str, tag: u32) -> u32 {
    key(Purpose::Number, short_hash(number), tag)
}

/// The rarest words of a row, as their sound or as they are; initials give no keys.
fn rarest(words: &Words, row: u32, most: usize, by_sound: bool, out: &mut Vec<u32>) {
    let mut found = [(u32::MAX, 0_u32); 16];
    let mut count = 0;
    for word in words.of(row).iter().take(16) {
        let text = words.dictionary.get(*word);
        let code = match by_sound {
            true if text.chars().nth(1).is_none() => continue,
            true => words.about[*word as usize].sound,
            false => short_hash(text),
        };
        found[count] = (words.rows_with[*word as usize], code);
        count += 1;
    }
    // What nobody else has gives no pair; but a slip makes a rare word, so the others must have their turn.
    found[..count].sort_unstable_by_key(|(rows, code)| (*rows < 2, *rows, *code));
    out.extend(found[..count].iter().take(most).map(|(_, code)| *code));
}

/// Blocks of rows that share a key.
pub(crate) struct Blocks {
    /// Key and row, `key << 32 | row`, sorted; only keys that two to `bound` rows share.
    index: Vec<u64>,
    /// Where the keys of each row begin in `keys`.
    starts: Vec<u32>,
    keys: Vec<u32>,
    right_from: Option<u32>,
}

/// The most rows of one block, for so many rows in all.
pub(crate) fn bound(rows: u32) -> usize {
    (20_000_000 / rows.max(1) as usize).clamp(60, 500)
}

impl Blocks {
    pub(crate) fn new(persons: &Persons, bound: usize) -> Self {
        let right_from = persons.right_from();
        let mut index: Vec<u64> = Vec::new();
        let rows = persons.len();
        for portion in 0..PORTIONS {
            let chunk = 8192_u32;
            let mut part: Vec<u64> = (0..rows.div_ceil(chunk))
                .into_par_iter()
                .flat_map_iter(|at| {
                    let mut keys = Keys::new(persons);
                    let (mut own, mut found) = (Vec::new(), Vec::new());
                    for row in at * chunk..((at + 1) * chunk).min(rows) {
                        keys.of(row, &mut own);
                        let wanted = own.iter().filter(|k| **k >> 29 == portion);
                        found.extend(wanted.map(|k| u64::from(*k) << 32 | u64::from(row)));
                    }
                    found
                })
                .collect();
            part.par_sort_unstable();
            let useful = part
                .chunk_by(|a, b| a >> 32 == b >> 32)
                .filter(|block| useful(block, bound, right_from));
            index.extend(useful.flatten());
        }
        index.shrink_to_fit();
        // The same the other way round: the keys of each row.
        let mut starts = vec![0_u32; rows as usize + 1];
        for entry in &index {
            starts[(*entry as u32) as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut keys = vec![0; index.len()];
        for entry in &index {
            let at = &mut next[(*entry as u32) as usize];
            keys[*at as usize] = (entry >> 32) as u32;
            *at += 1;
        }
        Self {
            index,
            starts,
            keys,
            right_from,
        }
    }

    fn keys_of(&self, row: u32) -> &[u32] {
        let row = row as usize;
        &self.keys[self.starts[row] as usize..self.starts[row + 1] as usize]
    }

    /// An upper bound of the number of pairs.
    pub(crate) fn most_pairs(&self) -> u64 {
        self.index
            .par_chunk_by(|a, b| a >> 32 == b >> 32)
            .map(|block| {
                let n = block.len() as u64;
                match self.split(block) {
                    Some(at) => at as u64 * (n - at as u64),
                    None => n * (n - 1) / 2,
                }
            })
            .sum()
    }

    /// Where the second list begins in a block.
    fn split(&self, block: &[u64]) -> Option<usize> {
        let from = self.right_from?;
        Some(block.partition_point(|e| (*e as u32) < from))
    }

    /// Calls `work` for every pair once, or for one in `thin` of them, in parallel. Each portion fills a result of its
    /// own, and these are returned in an order that does not depend on the threads; `tool` is kept by a thread over
    /// many portions and must not change what is found.
    pub(crate) fn each_pair<T, R: Send + Default>(
        &self,
        thin: u64,
        tool: impl Fn() -> T + Sync + Send,
        work: impl Fn(&mut T, &mut R, u32, u32) + Sync + Send,
    ) -> Vec<R> {
        const PORTION: usize = 1 << 16;
        let mut cuts = vec![0];
        while cuts[cuts.len() - 1] < self.index.len() {
            let mut cut = (cuts[cuts.len() - 1] + PORTION).min(self.index.len());
            while cut < self.index.len() && self.index[cut] >> 32 == self.index[cut - 1] >> 32 {
                cut += 1;
            }
            cuts.push(cut);
        }
        cuts.par_windows(2)
            .map_init(tool, |tool, cut| {
                let mut found = R::default();
                let portion = &self.index[cut[0]..cut[1]];
                for block in portion.chunk_by(|a, b| a >> 32 == b >> 32) {
                    let key = (block[0] >> 32) as u32;
                    let split = self.split(block);
                    for (at, entry) in block.iter().enumerate() {
                        let others = match split {
                            Some(from) if at < from => &block[from..],
                            Some(_) => break,
                            None => &block[at + 1..],
                        };
                        let a = *entry as u32;
                        for other in others {
                            let b = *other as u32;
                            if thin > 1 && !mix(a, b).is_multiple_of(thin) {
                                continue;
                            }
                            if self.first_common(a, b) == Some(key) {
                                work(tool, &mut found, a, b);
                            }
                        }
                    }
                }
                found
            })
            .collect()
    }

    /// The smallest key that two rows share: the pair is looked at in that block alone.
    fn first_common(&self, a: u32, b: u32) -> Option<u32> {
        let (mut left, mut right) = (self.keys_of(a), self.keys_of(b));
        while let (Some(x), Some(y)) = (left.first(), right.first()) {
            match x.cmp(y) {
                std::cmp::Ordering::Equal => return Some(*x),
                std::cmp::Ordering::Less => left = &left[1..],
                std::cmp::Ordering::Greater => right = &right[1..],
            }
        }
        None
    }
}

fn useful(block: &[u64], bound: usize, right_from: Option<u32>) -> bool {
    let coarse = block[0] >> 32 & 1 == 1;
    let bound = if coarse { bound / COARSER } else { bound };
    match right_from {
        None => (2..=bound).contains(&block.len()),
        Some(from) => {
            let left = block.partition_point(|e| (*e as u32) < from);
            let right = block.len() - left;
            left > 0 && right > 0 && left * right <= bound * bound / 2
        }
    }
}
