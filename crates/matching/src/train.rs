//! Training without labels: `u` from pairs taken at random, `m` and the prior by expectation and maximisation.
//!
//! After Fellegi & Sunter (1969), Winkler (1988, EM), and Splink's way of taking `u` from random pairs. Three things
//! are done otherwise. EM runs over the pairs of all blocks together, which hold nearly every true pair, so that no
//! field has to be left out because a block was made of it. Random pairs that look like one person are taken out of
//! `u`, which matters in small files. And a level too rare among random pairs is counted in the blocks instead.

use crate::{
    block::Blocks,
    compare::{
        Comparer, Pattern,
        level::{Frequency, bounds, levels, parts},
    },
    model::{Model, Trained, probability},
    persons::Persons,
    schema::{FieldKind, MOST_FIELDS},
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// So many random pairs.
const RANDOM_PAIRS: u64 = 1_000_000;
/// So many pairs of persons born on the same day.
const SAME_DAY_PAIRS: usize = 150_000;
/// About so many pairs of the blocks.
const BLOCK_PAIRS: u64 = 3_000_000;
/// What is assumed of strangers counts like so many pairs of them: in a file of a few hundred rows the true pairs would
/// pass for strangers otherwise.
const ASSUMED_STRANGERS: f64 = 50.0;
/// What is assumed of `m` counts like so many true pairs, to keep small files from wild conclusions.
const ASSUMED_PAIRS: f64 = 8.0;
const MOST_ROUNDS: u32 = 60;
const STRANGER_ROUNDS: u32 = 6;

type Counts = FxHashMap<Pattern, f64>;

#[derive(Clone)]
struct Rarity {
    /// For each field and level: number of pairs, and sum of 2^bits.
    sums: [[(f64, f64); 16]; MOST_FIELDS],
}

impl Default for Rarity {
    fn default() -> Self {
        Self {
            sums: [[(0.0, 0.0); 16]; MOST_FIELDS],
        }
    }
}

fn merge(parts: Vec<(Counts, Rarity)>) -> (Vec<(Pattern, f64)>, Rarity) {
    let mut rarity = Rarity::default();
    let mut all = Counts::default();
    for (counts, part) in parts {
        for (pattern, count) in counts {
            *all.entry(pattern).or_insert(0.0) += count;
        }
        for (into, from) in rarity
            .sums
            .iter_mut()
            .flatten()
            .zip(part.sums.iter().flatten())
        {
            into.0 += from.0;
            into.1 += from.1;
        }
    }
    let mut sorted: Vec<(Pattern, f64)> = all.into_iter().collect();
    // Sums of floating-point numbers depend on the order.
    sorted.sort_unstable_by_key(|(pattern, _)| *pattern);
    (sorted, rarity)
}

fn count(comparer: &mut Comparer<'_>, a: u32, b: u32, counts: &mut Counts, rarity: &mut Rarity) {
    let found = comparer.pair(a, b);
    *counts.entry(Pattern::of(&found)).or_insert(0.0) += 1.0;
    for (field, agreement) in found.iter().enumerate() {
        if agreement.bits > 0.0 {
            let sum = &mut rarity.sums[field][usize::from(agreement.level)];
            sum.0 += 1.0;
            sum.1 += f64::from(agreement.bits).exp2();
        }
    }
}

/// Pairs taken at random; all pairs, if there are not many more.
fn random_pairs(persons: &Persons, seed: u64, most: u64) -> (Vec<(Pattern, f64)>, Rarity) {
    let n = u64::from(persons.len());
    let (left, right_at) = match persons.right_from() {
        Some(from) => (u64::from(from), u64::from(from)),
        None => (n, 0),
    };
    let right = n - right_at;
    let two_lists = persons.right_from().is_some();
    let parts: Vec<(Counts, Rarity)> = if persons.all_pairs() <= 1.5 * most as f64 {
        (0..left as u32)
            .into_par_iter()
            .fold_chunks(
                64,
                || (Comparer::new(persons), Counts::default(), Rarity::default()),
                |(mut comparer, mut counts, mut rarity), a| {
                    let from = if two_lists { right_at as u32 } else { a + 1 };
                    for b in from..n as u32 {
                        count(&mut comparer, a, b, &mut counts, &mut rarity);
                    }
                    (comparer, counts, rarity)
                },
            )
            .map(|(_, counts, rarity)| (counts, rarity))
            .collect()
    } else {
        const PARTS: u64 = 16;
        (0..PARTS)
            .into_par_iter()
            .map(|part| {
                let mut chance = ChaCha8Rng::seed_from_u64(seed);
                chance.set_stream(part);
                let mut below =
                    |n: u64| ((u128::from(chance.next_u64()) * u128::from(n)) >> 64) as u64;
                let mut comparer = Comparer::new(persons);
                let (mut counts, mut rarity) = (Counts::default(), Rarity::default());
                for _ in 0..most / PARTS {
                    let (a, b) = (below(left) as u32, (right_at + below(right)) as u32);
                    if a != b {
                        count(&mut comparer, a, b, &mut counts, &mut rarity);
                    }
                }
                (counts, rarity)
            })
            .collect()
    };
    merge(parts)
}

/// Pairs taken blindly, and pairs taken blindly from those born on the same day.
struct Random {
    pairs: Vec<(Pattern, f64)>,
    same_day: Vec<(Pattern, f64)>,
}

/// Pairs of persons born on the same day; none without NIKs, for which alone they are needed.
fn same_day_pairs(persons: &Persons, seed: u64) -> Vec<(Pattern, f64)> {
    let (Some(dates), Some(_)) = (persons.dates(), persons.first_of(FieldKind::Nik)) else {
        return Vec::new();
    };
    let mut days: Vec<(u32, u32)> = (0..persons.len())
        .map(|row| (dates.rows[row as usize].0, row))
        .filter(|(day, _)| *day != 0)
        .collect();
    days.sort_unstable();
    let right_from = persons.right_from();
    let mut chance = ChaCha8Rng::seed_from_u64(seed ^ 0x5eed);
    let mut below = |n: usize| ((u128::from(chance.next_u64()) * n as u128) >> 64) as usize;
    let mut comparer = Comparer::new(persons);
    let (mut counts, mut rarity) = (Counts::default(), Rarity::default());
    for _ in 0..SAME_DAY_PAIRS.min(4 * days.len()) {
        let (day, a) = days[below(days.len())];
        let from = days.partition_point(|d| d.0 < day);
        let to = days.partition_point(|d| d.0 <= day);
        let b = days[from + below(to - from)].1;
        let sides = right_from.is_none_or(|at| (a < at) != (b < at));
        if a != b && sides {
            count(&mut comparer, a.min(b), a.max(b), &mut counts, &mut rarity);
        }
    }
    merge(vec![(counts, rarity)]).0
}

/// Pairs of the blocks, thinned out if there are very many; and how many pairs each stands for.
fn block_pairs(persons: &Persons, blocks: &Blocks) -> (Vec<(Pattern, f64)>, f64) {
    let most = blocks.most_pairs().max(1);
    let thin = most.div_ceil(BLOCK_PAIRS).max(1);
    let parts = blocks.each_pair(
        thin,
        || Comparer::new(persons),
        |comparer, (counts, rarity): &mut (Counts, Rarity), a, b| {
            count(comparer, a, b, counts, rarity);
        },
    );
    (merge(parts).0, thin as f64)
}

/// Learns from random pairs what strangers share, and assumes the rest: enough to judge a person while somebody types,
/// on a device that has no time to train, or in a village with too few true pairs to train on. `prior`: the chance that
/// a row taken blindly is the person sought.
pub fn learn_strangers(persons: &mut Persons, prior: f64, seed: u64) -> Model {
    persons.finish();
    let all_pairs = persons.all_pairs().max(1.0);
    let (pairs, rarity) = random_pairs(persons, seed, RANDOM_PAIRS / 5);
    let random = Random {
        pairs,
        same_day: same_day_pairs(persons, seed),
    };
    let mut model = Model::assumed(persons.fields(), prior.clamp(1e-12, 0.5));
    usual_bits(&mut model, &rarity);
    estimate_u(&mut model, &random, &[], 1.0, all_pairs, true);
    // In a small register the few true pairs are many of the random ones: each round takes more of them out.
    for _ in 0..STRANGER_ROUNDS {
        estimate_u(&mut model, &random, &[], 1.0, all_pairs, false);
    }
    model
}

fn usual_bits(model: &mut Model, rarity: &Rarity) {
    for (field, levels_of) in model.levels.iter_mut().enumerate() {
        let kind = model.fields[field].kind;
        for (place, trained) in levels_of.iter_mut().enumerate() {
            let level = &levels(kind)[place];
            let (count, sum) = rarity.sums[field][place + 1];
            let fixed = matches!(kind, FieldKind::Nik | FieldKind::Identifier);
            if level.frequency == Frequency::Relative && count >= 20.0 && !fixed {
                trained.usual_bits = (sum / count).log2();
            }
        }
    }
}

/// Trains a model on the persons.
pub(crate) fn train(persons: &Persons, blocks: &Blocks, seed: u64) -> Model {
    let all_pairs = persons.all_pairs().max(1.0);
    let rows = f64::from(persons.len());
    let (pairs, rarity) = random_pairs(persons, seed, RANDOM_PAIRS);
    let random = Random {
        pairs,
        same_day: same_day_pairs(persons, seed),
    };
    let (blocked, each) = block_pairs(persons, blocks);
    let start = (0.05 * rows / all_pairs).clamp(1e-12, 0.2);
    let mut model = Model::assumed(persons.fields(), start);
    usual_bits(&mut model, &rarity);
    estimate_u(&mut model, &random, &blocked, each, all_pairs, true);
    for round in 1..=MOST_ROUNDS {
        let before = model.clone();
        maximise(&mut model, &blocked, each, all_pairs, rows);
        estimate_u(&mut model, &random, &blocked, each, all_pairs, false);
        model.rounds = round;
        if settled(&before, &model) {
            break;
        }
    }
    model
}

fn settled(before: &Model, after: &Model) -> bool {
    let moved = before
        .levels
        .iter()
        .flatten()
        .zip(after.levels.iter().flatten())
        .map(|(a, b)| (a.m - b.m).abs())
        .fold(0.0, f64::max);
    moved < 1e-4 && (before.prior / after.prior).log2().abs() < 0.01
}

/// Expectation and maximisation of `m` and the prior, once.
fn maximise(model: &mut Model, blocked: &[(Pattern, f64)], each: f64, all_pairs: f64, rows: f64) {
    let table = model.table();
    let fields = model.fields.len();
    let mut sums = vec![[0.0; 16]; fields];
    let mut matches = 0.0;
    for (pattern, count) in blocked {
        let expected = probability(table.score(*pattern)) * count * each;
        matches += expected;
        for (field, sum) in sums.iter_mut().enumerate() {
            sum[usize::from(pattern.level(field))] += expected;
        }
    }
    for (field, sum) in sums.iter().enumerate() {
        let kind = model.fields[field].kind;
        for part in parts(kind) {
            let known: f64 = sum[part.start + 1..=part.end].iter().sum();
            for place in part.clone() {
                let assumed = levels(kind)[place].m;
                let m = (sum[place + 1] + ASSUMED_PAIRS * assumed) / (known + ASSUMED_PAIRS);
                model.levels[field][place].m = m.max(0.000_5);
            }
            for (bounded, most) in bounds(kind) {
                bound(&mut model.levels[field], part.clone(), bounded, *most);
            }
        }
    }
    model.expected_pairs = matches;
    let fewest = (0.5 / all_pairs).min(0.05);
    let most = (10.0 * rows / all_pairs).clamp(fewest, 0.3);
    model.prior = (matches / all_pairs).clamp(fewest, most);
}

/// How many strangers agree at a level, before any were seen. Two NIKs of people of one birthday and one region differ
/// in the last four digits only.
fn assumed_share(kind: FieldKind, place: usize) -> f64 {
    let all = levels(kind);
    match (kind, place) {
        (FieldKind::Nik, 4..=7) => [0.000_5, 0.02, 0.2, 0.779_5][place - 4],
        (FieldKind::Sex, _) => 0.5,
        _ if all[place].code == "different" => 0.9,
        _ => 0.1 / all.len().max(2) as f64,
    }
}

/// Keeps the sum of some levels within a bound.
fn bound(levels: &mut [Trained], part: std::ops::Range<usize>, bounded: &[usize], most: f64) {
    let share: f64 = part
        .clone()
        .filter(|p| bounded.contains(p))
        .map(|p| levels[p].m)
        .sum();
    if share <= most {
        return;
    }
    for place in part {
        levels[place].m *= if bounded.contains(&place) {
            most / share
        } else {
            (1.0 - most) / (1.0 - share).max(0.01)
        };
    }
}

fn estimate_u(
    model: &mut Model,
    random: &Random,
    blocked: &[(Pattern, f64)],
    each: f64,
    all_pairs: f64,
    first: bool,
) {
    let table = model.table();
    let fields = model.fields.len();
    let strangers = |pattern: Pattern| {
        if first {
            1.0
        } else {
            1.0 - probability(table.score(pattern))
        }
    };
    let mut seen = vec![[0.0; 16]; fields];
    let mut in_blocks = vec![[0.0; 16]; fields];
    for (pattern, count) in &random.pairs {
        let weight = count * strangers(*pattern);
        for (field, sum) in seen.iter_mut().enumerate() {
            sum[usize::from(pattern.level(field))] += weight;
        }
    }
    // Of persons born on the same day there are too few among pairs taken blindly; their own sample, brought to the
    // same size, says how their NIKs agree.
    if let Some(nik) = model.fields.iter().position(|f| f.kind == FieldKind::Nik) {
        let among: f64 = seen[nik][5..=8].iter().sum();
        let mut of_a_day = [0.0; 16];
        for (place, sum) in of_a_day.iter_mut().enumerate().take(9).skip(5) {
            *sum = ASSUMED_STRANGERS * assumed_share(FieldKind::Nik, place - 1);
        }
        for (pattern, count) in &random.same_day {
            of_a_day[usize::from(pattern.level(nik))] += count * strangers(*pattern);
        }
        let all: f64 = of_a_day[5..=8].iter().sum();
        if all > 0.0 {
            let share = if among > 0.0 { among } else { 1e-3 } / all;
            for level in 5..=8 {
                seen[nik][level] = of_a_day[level] * share;
            }
        }
    }
    if !first {
        for (pattern, count) in blocked {
            let weight = count * each * strangers(*pattern);
            for (field, sum) in in_blocks.iter_mut().enumerate() {
                sum[usize::from(pattern.level(field))] += weight;
            }
        }
    }
    for field in 0..fields {
        let kind = model.fields[field].kind;
        let all: f64 = seen[field].iter().sum::<f64>().max(1.0);
        for (number, part) in parts(kind).iter().enumerate() {
            // People of one birthday have theirs already.
            if number == 0 {
                for place in part.clone() {
                    seen[field][place + 1] += ASSUMED_STRANGERS * assumed_share(kind, place);
                }
            }
            let places = part.start + 1..=part.end;
            let known: f64 = seen[field][places].iter().sum::<f64>().max(1.0);
            let known_pairs = all_pairs * known / all;
            for place in part.clone() {
                let at_random = seen[field][place + 1] / known;
                let least = in_blocks[field][place + 1] / known_pairs;
                let floor = (0.5 / known_pairs).min(assumed_share(kind, place));
                model.levels[field][place].u = at_random.max(least).max(floor).min(1.0);
            }
        }
    }
}
