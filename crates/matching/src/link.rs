//! From persons to pairs.

use crate::{
    block::{Blocks, bound},
    compare::{Comparer, Pattern},
    explain::{Reason, reasons, say_same_nik},
    model::{Model, probability},
    persons::{Column, Persons},
    train::train,
};
use rustc_hash::FxHashSet;

/// So many rows with one NIK are listed as pairs, whoever they are; more of them are one [`SharedNumber`] alone.
pub const MOST_HOLDERS: usize = 10;

/// How to link.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Options {
    /// Seed of the random pairs from which the training learns what strangers share.
    pub seed: u64,
    /// Pairs less likely than this are left out, but for those who hold one NIK.
    pub threshold: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            threshold: 0.5,
        }
    }
}

/// Two rows that may be one person.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pair {
    /// A row of the first list.
    pub left: u32,
    /// A row of the second list, or a later one of the same.
    pub right: u32,
    /// That they are one person, 0 to 1.
    pub probability: f64,
    /// Less likely than was asked for, and here because both hold one NIK: one person, or one number that is wrong.
    pub same_nik: bool,
}

/// Rows that hold the same identifying number; whoever they are, somebody has to look.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SharedNumber {
    /// Place of the field.
    pub field: usize,
    /// All rows with the number, ascending.
    pub rows: Vec<u32>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Linked {
    /// Pairs from the likeliest on; equally likely ones by rows. Those who hold one usable NIK are always among them,
    /// unless more than [`MOST_HOLDERS`] hold it.
    pub pairs: Vec<Pair>,
    /// Every NIK or identifier that several rows hold, however unlike the rows are, the most shared first. One of
    /// 10,000 rows is one entry.
    pub shared: Vec<SharedNumber>,
    /// What the training found.
    pub model: Model,
    /// Number of pairs looked at.
    pub compared: u64,
}

/// Trains without labels and finds the pairs. The same persons and seed give the same answer, whatever the number of
/// threads.
pub fn link(persons: &mut Persons, options: &Options) -> Linked {
    persons.finish();
    let blocks = Blocks::new(persons, bound(persons.len()));
    let model = train(persons, &blocks, options.seed);
    link_trained(persons, &blocks, model, options)
}

/// Finds the pairs with a model that was trained before, on the same fields.
pub fn link_with(persons: &mut Persons, model: Model, options: &Options) -> Linked {
    persons.finish();
    let blocks = Blocks::new(persons, bound(persons.len()));
    link_trained(persons, &blocks, model, options)
}

fn link_trained(persons: &Persons, blocks: &Blocks, model: Model, options: &Options) -> Linked {
    let table = model.table();
    // A pattern rounds its bits to halves.
    let odds = options.threshold.clamp(1e-9, 0.999_999);
    let least = (odds / (1.0 - odds)).log2() as f32 - 0.5;
    let parts = blocks.each_pair(
        1,
        || Comparer::new(persons),
        |comparer, (found, compared): &mut (Vec<Pair>, u64), left, right| {
            *compared += 1;
            let Some(agreements) = comparer.pair_above(&table, least, left, right) else {
                return;
            };
            let probability = probability(table.score(Pattern::of(&agreements)));
            if probability >= options.threshold {
                found.push(Pair {
                    left,
                    right,
                    probability,
                    same_nik: false,
                });
            }
        },
    );
    let compared = parts.iter().map(|(_, n)| n).sum();
    let mut pairs: Vec<Pair> = parts.into_iter().flat_map(|(found, _)| found).collect();
    let shared = shared_numbers(persons);
    add_same_niks(persons, &model, &shared, &mut pairs);
    pairs.sort_unstable_by(|a, b| {
        b.probability
            .total_cmp(&a.probability)
            .then((a.left, a.right).cmp(&(b.left, b.right)))
    });
    Linked {
        pairs,
        shared,
        model,
        compared,
    }
}

/// Whoever holds the NIK of another is a pair with that one, however unlike the two are.
fn add_same_niks(persons: &Persons, model: &Model, shared: &[SharedNumber], pairs: &mut Vec<Pair>) {
    let likely: FxHashSet<(u32, u32)> = pairs.iter().map(|p| (p.left, p.right)).collect();
    let table = model.table();
    let mut comparer = Comparer::new(persons);
    let two_lists = persons.right_from();
    let few = |shared: &&SharedNumber| {
        persons.fields()[shared.field].kind == crate::FieldKind::Nik
            && shared.rows.len() <= MOST_HOLDERS
    };
    for shared in shared.iter().filter(few) {
        for (at, left) in shared.rows.iter().enumerate() {
            for right in &shared.rows[at + 1..] {
                let apart = two_lists.is_none_or(|from| *left < from && *right >= from);
                if !apart || likely.contains(&(*left, *right)) {
                    continue;
                }
                let score = table.score(Pattern::of(&comparer.pair(*left, *right)));
                pairs.push(Pair {
                    left: *left,
                    right: *right,
                    probability: probability(score),
                    same_nik: true,
                });
            }
        }
    }
}

/// Every identifying number that several rows hold; with two lists, rows of both.
pub fn shared_numbers(persons: &Persons) -> Vec<SharedNumber> {
    let mut found = Vec::new();
    for (field, column) in persons.columns.iter().enumerate() {
        let values = match column {
            Column::Nik(values) => values,
            Column::Number(values)
                if persons.fields()[field].kind == crate::FieldKind::Identifier =>
            {
                values
            }
            _ => continue,
        };
        let mut holders: Vec<(u32, u32)> = (0..persons.len())
            .map(|row| (values.rows[row as usize], row))
            .filter(|(value, _)| *value != 0 && values.rows_with[*value as usize] > 1)
            .collect();
        holders.sort_unstable();
        for group in holders.chunk_by(|a, b| a.0 == b.0) {
            let rows: Vec<u32> = group.iter().map(|(_, row)| *row).collect();
            let both = persons
                .right_from()
                .is_none_or(|from| rows[0] < from && rows[rows.len() - 1] >= from);
            if both {
                found.push(SharedNumber { field, rows });
            }
        }
    }
    found.sort_by(|a, b| (b.rows.len(), a.field, &a.rows).cmp(&(a.rows.len(), b.field, &b.rows)));
    found
}

/// Probability and reasons of any two rows.
pub fn explain_pair(persons: &Persons, model: &Model, left: u32, right: u32) -> (f64, Vec<Reason>) {
    let agreements = Comparer::new(persons).pair(left, right);
    let table = model.table();
    let probability = probability(table.score(Pattern::of(&agreements)));
    let mut all = reasons(model, &table, &agreements);
    if persons.same_nik(left, right) {
        say_same_nik(model, &agreements, probability, &mut all);
    }
    (probability, all)
}
