//! Two persons beside each other: one level of agreement for each field, and how rare what they share is.

mod date;
pub mod level;
mod name;
mod number;
mod word;

use crate::{
    model::Table,
    normalise::date::TypedDate,
    persons::{Column, Dates, Persons},
    schema::{FieldKind, MOST_FIELDS},
};
use level::{Frequency, levels};
use number::Days;
pub(crate) use word::WordCache;

/// More than so many bits no single value gives: one field alone never decides against all others.
pub(crate) const MOST_BITS: f32 = 22.0;
/// Bits beyond the strongest of fields that say the same (family card, village, address) count so much.
const REPEATED: f32 = 0.25;

/// How one field of a pair agrees.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Agreement {
    /// 0: missing on a side. Otherwise the place in [`levels`], from 1.
    pub level: u8,
    /// `-log2` of the chance that two strangers share what these two share; 0 where frequencies do not enter.
    pub bits: f32,
}

impl Agreement {
    fn plain(level: u8) -> Self {
        Self { level, bits: 0.0 }
    }

    fn chance(level: u8, chance: f64) -> Self {
        Self {
            level,
            bits: bits(chance),
        }
    }

    fn worth(level: u8, bits: f32) -> Self {
        Self {
            level,
            bits: bits.clamp(0.0, MOST_BITS),
        }
    }
}

pub(crate) fn bits(chance: f64) -> f32 {
    (-chance.max(1e-30).log2() as f32).clamp(0.0, MOST_BITS)
}

/// The usual bits of a number that exactly two rows hold.
pub(crate) fn number_two_holders() -> f64 {
    f64::from(number::TWO_HOLDERS)
}

/// All fields of a pair.
pub(crate) type Agreements = [Agreement; MOST_FIELDS];

/// The agreement of a pair packed: four bits for each field's level, and in the highest 16 the sum of the bits in
/// halves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Pattern(pub u64);

impl Pattern {
    pub(crate) fn of(agreements: &Agreements) -> Self {
        let mut packed = 0;
        let mut sum = 0.0;
        for (field, agreement) in agreements.iter().enumerate() {
            packed |= u64::from(agreement.level) << (4 * field);
            sum += agreement.bits;
        }
        let halves = (sum * 2.0).round().clamp(0.0, 65_535.0) as u64;
        Self(packed | halves << 48)
    }

    pub(crate) fn level(self, field: usize) -> u8 {
        (self.0 >> (4 * field) & 15) as u8
    }

    /// The sum of the bits of all fields.
    pub(crate) fn bits(self) -> f32 {
        (self.0 >> 48) as f32 / 2.0
    }
}

/// Compares pairs of one table; each thread has its own.
pub(crate) struct Comparer<'a> {
    persons: &'a Persons,
    cache: WordCache,
    nik: Option<usize>,
    dates: Option<&'a Dates>,
}

impl<'a> Comparer<'a> {
    pub(crate) fn new(persons: &'a Persons) -> Self {
        Self::with(persons, WordCache::new())
    }

    /// A comparer that goes on with what an earlier one of the same persons found out.
    pub(crate) fn with(persons: &'a Persons, cache: WordCache) -> Self {
        Self {
            persons,
            cache: cache.or_new(),
            nik: persons.first_of(FieldKind::Nik),
            dates: persons.dates(),
        }
    }

    pub(crate) fn into_cache(self) -> WordCache {
        self.cache
    }

    /// Compares two rows.
    pub(crate) fn pair(&mut self, a: u32, b: u32) -> Agreements {
        let mut found = Agreements::default();
        let niks = self.niks(a, b);
        let columns = self.persons.columns.len();
        for (field, agreement) in found.iter_mut().enumerate().take(columns) {
            *agreement = self.field(field, a, b, niks);
        }
        self.discount(&mut found);
        found
    }

    /// Compares two rows as long as their score may still reach `least`; `None` as soon as it cannot.
    pub(crate) fn pair_above(
        &mut self,
        table: &Table,
        least: f32,
        a: u32,
        b: u32,
    ) -> Option<Agreements> {
        let mut found = Agreements::default();
        let niks = self.niks(a, b);
        let mut score = table.prior();
        let mut open = 0.0;
        let costly = |column: &Column| matches!(column, Column::Name(_) | Column::Address(_));
        let columns = &self.persons.columns;
        for (field, column) in columns.iter().enumerate() {
            match column {
                Column::Name(words) | Column::Address(words) => {
                    open += table.most(field) + words.most_bits(a).min(words.most_bits(b));
                }
                _ => {
                    found[field] = self.field(field, a, b, niks);
                    score += table.of_field(field, &found);
                }
            }
        }
        for (field, column) in columns.iter().enumerate().filter(|(_, c)| costly(c)) {
            if score + open < least {
                return None;
            }
            if let Column::Name(words) | Column::Address(words) = column {
                open -= table.most(field) + words.most_bits(a).min(words.most_bits(b));
            }
            found[field] = self.field(field, a, b, niks);
            score += table.of_field(field, &found);
        }
        self.discount(&mut found);
        Some(found)
    }

    /// How the NIKs agree, beside the dates; and whether they say one birth date where the dates do not.
    fn niks(&self, a: u32, b: u32) -> (Agreement, bool) {
        let Some(Column::Nik(values)) = self.nik.map(|field| &self.persons.columns[field]) else {
            return (Agreement::default(), false);
        };
        let (days, read_in_nik) = self.days(a, b);
        // Equal NIKs hold equal dates, which proves nothing besides.
        let same = number::same(values, a, b);
        let by_day = if read_in_nik && same {
            Days::Differ
        } else {
            days
        };
        (number::nik(values, a, b, by_day), read_in_nik && !same)
    }

    fn field(&mut self, field: usize, a: u32, b: u32, niks: (Agreement, bool)) -> Agreement {
        let rows = self.persons.len();
        match &self.persons.columns[field] {
            Column::Nik(_) if Some(field) == self.nik => niks.0,
            Column::Nik(values) => number::nik(values, a, b, self.days(a, b).0),
            Column::Name(words) => name::compare(words, field, a, b, &mut self.cache),
            Column::Address(words) => word::bags(words, field, a, b, &mut self.cache),
            Column::Text(words) => word::text(words, a, b),
            Column::Date(dates) => date::compare(dates, a, b, niks.1, rows),
            Column::Sex(sexes) => match (sexes[a as usize], sexes[b as usize]) {
                (0, _) | (_, 0) => Agreement::default(),
                (x, y) if x == y => Agreement::plain(1),
                _ => Agreement::plain(2),
            },
            Column::Number(values) => match self.persons.fields()[field].kind {
                FieldKind::FamilyCard => number::family_card(values, a, b, rows),
                _ => number::identifier(values, a, b),
            },
            Column::Region(values) => number::region(values, a, b, rows),
            Column::Code(values) => number::code(values, a, b, rows),
        }
    }

    /// Whether both were born on the same day, by their dates or by what their NIKs say; and whether only a NIK says so.
    fn days(&self, a: u32, b: u32) -> (Days, bool) {
        let own = |row: u32| {
            let date = self.dates.map(|d| d.rows[row as usize])?;
            (date.0 != 0 && !date.is_placeholder()).then_some(date)
        };
        let in_nik = |row: u32| {
            let date = self.persons.from_nik.get(row as usize)?.0;
            (date.0 != 0).then_some(date)
        };
        let (left, right) = ([own(a), in_nik(a)], [own(b), in_nik(b)]);
        if left[0].is_some() && left[0] == right[0] {
            return (Days::Same, false);
        }
        let known = |dates: &[Option<TypedDate>; 2]| dates.iter().any(Option::is_some);
        if left.iter().any(|x| x.is_some() && right.contains(x)) {
            // Without dates of their own, the NIKs have nothing to stand beside.
            let typed = left[0].is_some() || right[0].is_some();
            return if typed {
                (Days::Same, true)
            } else {
                (Days::Unknown, false)
            };
        }
        match known(&left) && known(&right) && (left[0].is_some() || right[0].is_some()) {
            true => (Days::Differ, false),
            false => (Days::Unknown, false),
        }
    }

    /// Whoever shares a family card shares village and address too: the strongest of them counts whole, what the
    /// others repeat counts little. Brothers and sisters share their mother as well, and often a word of their names.
    fn discount(&self, found: &mut Agreements) {
        let mut strongest: Option<usize> = None;
        let fields = self.persons.fields();
        let one_family = fields.iter().zip(found.iter()).any(|(field, agreement)| {
            field.kind == FieldKind::FamilyCard && agreement.level == level::number::SAME
        });
        for field in 0..fields.len() {
            let of_family =
                self.persons.is_relative(field) || found[field].level == level::name::PARTLY;
            if one_family && fields[field].kind == FieldKind::Name && of_family {
                found[field].bits *= REPEATED;
            }
        }
        let place = |kind: FieldKind, agreement: &Agreement| {
            let placed = matches!(
                kind,
                FieldKind::FamilyCard | FieldKind::Region | FieldKind::Address | FieldKind::Code
            );
            placed
                && agreement.level > 0
                && levels(kind)[usize::from(agreement.level) - 1].frequency == Frequency::Own
        };
        for (field, of) in fields.iter().enumerate() {
            if !place(of.kind, &found[field]) {
                continue;
            }
            match strongest {
                None => strongest = Some(field),
                Some(before) => {
                    let weaker = if found[field].bits > found[before].bits {
                        strongest = Some(field);
                        before
                    } else {
                        field
                    };
                    found[weaker].bits *= REPEATED;
                }
            }
        }
    }
}
