//! Who looks like this? Asked at every key while somebody types a person, of the persons on the device.

use crate::{
    block::Keys,
    compare::{Comparer, Pattern, WordCache},
    explain::{Reason, reasons, say_same_nik},
    intern::Interner,
    model::{Model, probability},
    normalise::number::squeeze,
    persons::{Column, Persons},
    schema::FieldKind,
};

/// A key that more persons share than this gives no candidates: what it says is too little.
const MOST_SHARING: usize = 300;
/// The same where persons of the index are compared with each other, of whom all is known: they share rarer keys too.
const MOST_ALIKE: usize = 100;
/// So many candidates are compared at most.
const MOST_CANDIDATES: usize = 4_000;
/// So many ways to finish a word that is being typed.
const MOST_ENDINGS: usize = 6;
/// So many digits of a NIK are needed before persons are looked up by them.
const FEWEST_DIGITS: usize = 8;
/// So many persons whose NIK begins like the one being typed.
const MOST_BY_PREFIX: usize = 60;

/// A person who looks like the one being typed.
#[derive(Clone, PartialEq, Debug)]
pub struct Hit {
    /// The person's row.
    pub row: u32,
    /// That it is the one being typed, 0 to 1.
    pub probability: f64,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Both hold one usable NIK.
    pub same_nik: bool,
}

/// The persons of a device, ready to be asked.
pub struct PersonIndex {
    persons: Persons,
    model: Model,
    /// Key and row, sorted.
    keys: Vec<u64>,
    /// The same of persons added since.
    recent: Vec<u64>,
    /// NIK and row, sorted.
    niks: Vec<(u64, u32)>,
    nik: Option<usize>,
    name: Option<usize>,
    /// The words of names in alphabetical order.
    words: Vec<u32>,
    /// Likeness of words that were compared before.
    cache: WordCache,
    /// What a person being typed is likelier to be in the index than one of the index to be there twice, in bits.
    sought: f32,
}

impl PersonIndex {
    /// Makes an index. The model is a trained one or [`crate::learn_strangers`]; its prior is the chance that a row is
    /// the person being typed.
    pub fn new(mut persons: Persons, model: Model) -> Self {
        persons.finish();
        let mut keys = Vec::new();
        let mut maker = Keys::new(&persons);
        let mut own = Vec::new();
        for row in 0..persons.len() {
            maker.of(row, &mut own);
            keys.extend(own.iter().map(|k| u64::from(*k) << 32 | u64::from(row)));
        }
        keys.sort_unstable();
        let mut kept = Vec::with_capacity(keys.len());
        for block in keys.chunk_by(|a, b| a >> 32 == b >> 32) {
            if block.len() <= MOST_SHARING {
                kept.extend_from_slice(block);
            }
        }
        kept.shrink_to_fit();
        let nik = persons.first_of(FieldKind::Nik);
        let mut niks = Vec::new();
        if let Some(Column::Nik(values)) = nik.map(|f| &persons.columns[f]) {
            niks = (0..persons.len())
                .filter_map(|row| Some((values.text(row).parse().ok()?, row)))
                .collect();
            niks.sort_unstable();
        }
        let name = persons.first_of(FieldKind::Name);
        let mut words = Vec::new();
        if let Some(Column::Name(column)) = name.map(|f| &persons.columns[f]) {
            words = alphabetical(&column.dictionary);
        }
        Self {
            persons,
            model,
            keys: kept,
            recent: Vec::new(),
            niks,
            nik,
            name,
            words,
            cache: WordCache::new(),
            sought: 0.0,
        }
    }

    /// For [`PersonIndex::look`]: the chance that a person being typed is in the index at all, where the model's prior is
    /// about two of the index.
    #[must_use]
    pub fn expecting(mut self, chance: f64) -> Self {
        let each = chance / f64::from(self.persons.len().max(1));
        self.sought = (each / self.model.prior.max(1e-12)).log2() as f32;
        self
    }

    /// Number of persons.
    pub fn len(&self) -> u32 {
        self.persons.len()
    }

    /// True when there is nobody.
    pub fn is_empty(&self) -> bool {
        self.persons.is_empty()
    }

    /// Adds a person, who is found from now on; returns the row.
    pub fn add(&mut self, values: &[&str]) -> u32 {
        let row = self.persons.len();
        self.persons.push(values);
        let mut own = Vec::new();
        Keys::new(&self.persons).of(row, &mut own);
        self.recent
            .extend(own.iter().map(|k| u64::from(*k) << 32 | u64::from(row)));
        self.recent.sort_unstable();
        if let Some(Column::Nik(values)) = self.nik.map(|f| &self.persons.columns[f])
            && let Ok(nik) = values.text(row).parse()
        {
            let entry = (nik, row);
            let at = self.niks.partition_point(|e| *e < entry);
            self.niks.insert(at, entry);
        }
        row
    }

    /// The persons who look most like what was typed so far: those who hold the whole NIK first, whoever they are and
    /// however unlikely, then the likeliest, at most `most` of them and none below `threshold`. Values are in the order of
    /// the fields; what was not typed yet is empty. A NIK may be unfinished (from eight digits on), and so may the last
    /// word of the name.
    pub fn look(&mut self, typed: &[&str], most: usize, threshold: f64) -> Vec<Hit> {
        let mut best = self.look_once(typed, threshold);
        if let Some((field, endings)) = self.endings(typed) {
            for ending in endings {
                let mut values = typed.to_vec();
                values[field] = &ending;
                best.extend(self.look_once(&values, threshold));
            }
        }
        best.sort_by(|a, b| {
            a.row
                .cmp(&b.row)
                .then(b.probability.total_cmp(&a.probability))
        });
        best.dedup_by_key(|hit| hit.row);
        best.sort_by(|a, b| {
            b.same_nik
                .cmp(&a.same_nik)
                .then(b.probability.total_cmp(&a.probability))
                .then(a.row.cmp(&b.row))
        });
        best.truncate(most + best.iter().filter(|hit| hit.same_nik).count());
        best
    }

    /// The persons who look most like one of the index, besides that one: the likeliest, at most `most`, none below
    /// `threshold`. [`PersonIndex::holders`] tells who else holds the NIK.
    pub fn alike(&mut self, row: u32, most: usize, threshold: f64) -> Vec<Hit> {
        let rows: Vec<u32> = self
            .candidates(row, MOST_ALIKE)
            .filter(|r| *r != row)
            .collect();
        let mut best = self.compared(row, &rows, &[], threshold, 0.0, &(Vec::new(), 0.0));
        best.sort_by(|a, b| {
            b.probability
                .total_cmp(&a.probability)
                .then(a.row.cmp(&b.row))
        });
        best.truncate(most);
        best
    }

    /// Two persons, whoever they are: the probability that they are one, and why. Values are in the order of the fields.
    pub fn compare(&mut self, left: &[&str], right: &[&str]) -> (f64, Vec<Reason>) {
        let at = self.persons.len();
        self.persons.push(left);
        self.persons.push(right);
        let found = crate::explain_pair(&self.persons, &self.model, at, at + 1);
        self.persons.pop();
        self.persons.pop();
        found
    }

    /// The same for two rows of the index.
    pub fn compare_rows(&self, left: u32, right: u32) -> (f64, Vec<Reason>) {
        crate::explain_pair(&self.persons, &self.model, left, right)
    }

    /// The rows that hold the NIK of a row, itself included; none where it has no usable one.
    pub fn holders(&self, row: u32) -> impl Iterator<Item = u32> + '_ {
        let nik = match self.nik.map(|f| &self.persons.columns[f]) {
            Some(Column::Nik(values)) => values.text(row).parse::<u64>().ok(),
            _ => None,
        };
        let from = self.niks.partition_point(|(other, _)| Some(*other) < nik);
        self.niks[from..]
            .iter()
            .take_while(move |(other, _)| Some(*other) == nik)
            .map(|(_, row)| *row)
    }

    /// Every NIK that more rows than so many hold: their rows.
    pub fn shared_by_more_than(&self, most: usize) -> Vec<Vec<u32>> {
        self.niks
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|same| same.len() > most)
            .map(|same| same.iter().map(|(_, row)| *row).collect())
            .collect()
    }

    /// Rows that share a key with a row, itself included, ascending; keys of more rows than so many say too little.
    fn candidates(&self, row: u32, most: usize) -> impl Iterator<Item = u32> + use<> {
        let mut own = Vec::new();
        Keys::new(&self.persons).of(row, &mut own);
        let mut candidates: Vec<u32> = Vec::new();
        for key in &own {
            let before = candidates.len();
            candidates.extend(rows_of(&self.keys, *key).take(most + 1));
            candidates.extend(rows_of(&self.recent, *key).take(most + 1));
            if candidates.len() - before > most {
                candidates.truncate(before);
            }
        }
        // What several keys bring is looked at first, should there be too many.
        candidates.sort_unstable();
        let mut counted: Vec<(usize, u32)> = candidates
            .chunk_by(|a, b| a == b)
            .map(|same| (same.len(), same[0]))
            .collect();
        if counted.len() > MOST_CANDIDATES {
            counted.sort_unstable_by_key(|(times, row)| (std::cmp::Reverse(*times), *row));
            counted.truncate(MOST_CANDIDATES);
            counted.sort_unstable_by_key(|(_, row)| *row);
        }
        counted.into_iter().map(|(_, row)| row)
    }

    fn look_once(&mut self, typed: &[&str], threshold: f64) -> Vec<Hit> {
        let sought = self.persons.len();
        self.persons.push(typed);
        let by_prefix = self.by_prefix(typed);
        let holders: Vec<u32> = self.holders(sought).take(MOST_BY_PREFIX).collect();
        let mut rows: Vec<u32> = self.candidates(sought, MOST_SHARING).collect();
        rows.extend(&by_prefix.0);
        rows.extend(&holders);
        rows.sort_unstable();
        rows.dedup();
        let hits = self.compared(sought, &rows, &holders, threshold, self.sought, &by_prefix);
        self.persons.pop();
        hits
    }

    /// A row against some others. `always`: those of them who are hits however unlikely, ascending; `more`: bits that all
    /// of them have more; `by_prefix`: rows whose NIK begins as typed, and what that proves, in bits.
    fn compared(
        &mut self,
        sought: u32,
        rows: &[u32],
        always: &[u32],
        threshold: f64,
        more: f32,
        by_prefix: &(Vec<u32>, f32),
    ) -> Vec<Hit> {
        let table = self.model.table();
        let mut comparer = Comparer::with(&self.persons, std::mem::take(&mut self.cache));
        // A pattern rounds its bits to halves.
        let odds = threshold.clamp(1e-9, 0.999_999);
        let least = (odds / (1.0 - odds)).log2() as f32 - 0.5;
        let mut hits = Vec::new();
        for row in rows {
            let row = *row;
            let more = match by_prefix.0.binary_search(&row) {
                Ok(_) => more + by_prefix.1,
                Err(_) => more,
            };
            let wanted = always.binary_search(&row).is_ok();
            let agreements = match wanted {
                true => comparer.pair(row, sought),
                false => match comparer.pair_above(&table, least - more, row, sought) {
                    Some(agreements) => agreements,
                    None => continue,
                },
            };
            let score = table.score(Pattern::of(&agreements)) + more;
            let probability = probability(score);
            if wanted || probability >= threshold {
                let mut all = reasons(&self.model, &table, &agreements);
                let same_nik = self.persons.same_nik(row, sought);
                if same_nik {
                    say_same_nik(&self.model, &agreements, probability, &mut all);
                }
                hits.push(Hit {
                    row,
                    probability,
                    reasons: all,
                    same_nik,
                });
            }
        }
        self.cache = comparer.into_cache();
        hits
    }

    /// Persons whose NIK begins with the digits typed so far, and what that proves, in bits.
    fn by_prefix(&self, typed: &[&str]) -> (Vec<u32>, f32) {
        let digits = self
            .nik
            .and_then(|field| typed.get(field))
            .map(|text| squeeze(text))
            .unwrap_or_default();
        let unfinished = (FEWEST_DIGITS..16).contains(&digits.len());
        let Some(start) = digits.parse::<u64>().ok().filter(|_| unfinished) else {
            return (Vec::new(), 0.0);
        };
        let scale = 10_u64.pow(16 - digits.len() as u32);
        let from = self.niks.partition_point(|(nik, _)| *nik < start * scale);
        let to = self
            .niks
            .partition_point(|(nik, _)| *nik < (start + 1) * scale);
        let found = &self.niks[from..to.min(from + MOST_BY_PREFIX)];
        let share = (to - from).max(1) as f32 / self.niks.len().max(1) as f32;
        let mut rows: Vec<u32> = found.iter().map(|(_, row)| *row).collect();
        rows.sort_unstable();
        (rows, -share.log2())
    }

    /// The name with its last word finished in the commonest ways, if that word is nobody's yet.
    fn endings(&self, typed: &[&str]) -> Option<(usize, Vec<String>)> {
        let field = self.name?;
        let Some(Column::Name(column)) = self.persons.columns.get(field) else {
            return None;
        };
        let text = typed.get(field)?.trim_end();
        let (before, last) = text.rsplit_once(' ').unwrap_or(("", text));
        let last = crate::normalise::spelling::letters(&last.to_lowercase());
        if last.chars().count() < 2 {
            return None;
        }
        let word = |number: &u32| column.dictionary.get(*number);
        let from = self.words.partition_point(|w| word(w) < last.as_str());
        let fitting = self.words[from..]
            .iter()
            .take(5_000)
            .take_while(|w| word(w).starts_with(last.as_str()));
        let mut found: Vec<u32> = fitting.copied().collect();
        if found.first().is_some_and(|w| word(w) == last) {
            return None;
        }
        found.sort_by_key(|w| std::cmp::Reverse(column.rows_with[*w as usize]));
        found.truncate(MOST_ENDINGS);
        let whole = |w: &u32| format!("{before} {}", word(w));
        Some((field, found.iter().map(whole).collect()))
    }
}

fn alphabetical(dictionary: &Interner) -> Vec<u32> {
    let mut words: Vec<u32> = (1..dictionary.len() as u32).collect();
    words.sort_by(|a, b| dictionary.get(*a).cmp(dictionary.get(*b)));
    words
}

fn rows_of(keys: &[u64], key: u32) -> impl Iterator<Item = u32> + '_ {
    let start = u64::from(key) << 32;
    let from = keys.partition_point(|e| *e < start);
    keys[from..]
        .iter()
        .take_while(move |e| *e >> 32 == u64::from(key))
        .map(|e| *e as u32)
}
