//! What each level of agreement weighs.

use crate::{
    compare::{
        Agreements, Pattern,
        level::{Frequency, Level, levels},
        number_two_holders,
    },
    schema::{Field, FieldKind},
};
use serde::{Deserialize, Serialize};

/// A level never counts more than so many bits by its `m` and `u`, nor less than [`LEAST`].
const MOST: f64 = 18.0;
const LEAST: f64 = -9.0;

/// One level of one field, as trained.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Trained {
    /// Share of the true pairs at this level, of those with a value on both sides.
    pub m: f64,
    /// Share of the pairs of strangers at this level; not used where frequencies replace it.
    pub u: f64,
    /// Where a value rarer or commoner than usual changes the weight: the usual bits.
    pub usual_bits: f64,
}

/// A trained model of Fellegi and Sunter (1969): independent fields, several levels each.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Model {
    /// The fields, in order.
    pub fields: Vec<Field>,
    /// Levels of each field, as in [`levels`].
    pub levels: Vec<Vec<Trained>>,
    /// The chance that two rows taken blindly are one person.
    pub prior: f64,
    /// Number of true pairs that the training expects.
    pub expected_pairs: f64,
    /// Rounds of expectation and maximisation.
    pub rounds: u32,
}

impl Model {
    /// What is assumed before any data are seen. `prior`: the chance that two rows taken blindly are one person.
    pub fn assumed(fields: &[Field], prior: f64) -> Self {
        let of = |kind: FieldKind| {
            let all = levels(kind);
            let rest = 1.0 / all.len() as f64;
            all.iter()
                .map(|level| Trained {
                    m: level.m,
                    // The last level, no agreement at all, is the rule among strangers.
                    u: if level.code == "different" {
                        0.9
                    } else {
                        0.1 * rest
                    },
                    usual_bits: usual_before_training(kind, level),
                })
                .collect()
        };
        Self {
            fields: fields.to_vec(),
            levels: fields.iter().map(|f| of(f.kind)).collect(),
            prior,
            expected_pairs: 0.0,
            rounds: 0,
        }
    }

    /// Weight of a level in bits, without the bits of the value shared; 0 for a missing value.
    pub(crate) fn weight(&self, field: usize, level: u8) -> f64 {
        if level == 0 {
            return 0.0;
        }
        let place = usize::from(level) - 1;
        let (trained, kind) = (self.levels[field][place], self.fields[field].kind);
        match levels(kind)[place].frequency {
            Frequency::Own => trained.m.log2(),
            Frequency::None => (trained.m / trained.u).log2().clamp(LEAST, MOST),
            Frequency::Relative => {
                (trained.m / trained.u).log2().clamp(LEAST, MOST) - trained.usual_bits
            }
        }
    }

    pub(crate) fn table(&self) -> Table {
        let mut table = Table {
            prior: (self.prior / (1.0 - self.prior)).log2() as f32,
            weights: [[0.0; 16]; 12],
            most: [0.0; 12],
            fields: self.fields.len(),
        };
        for field in 0..self.fields.len() {
            for place in 0..self.levels[field].len() {
                let level = place as u8 + 1;
                table.weights[field][place + 1] = self.weight(field, level) as f32;
            }
            table.most[field] = table.weights[field].iter().copied().fold(0.0, f32::max);
        }
        table
    }
}

pub(crate) fn usual_before_training(kind: FieldKind, level: &Level) -> f64 {
    match (kind, level.frequency) {
        (FieldKind::Nik | FieldKind::Identifier, Frequency::Relative) => number_two_holders(),
        (_, Frequency::Relative) => 8.0,
        _ => 0.0,
    }
}

/// The weights laid out for looking up.
pub(crate) struct Table {
    prior: f32,
    weights: [[f32; 16]; 12],
    most: [f32; 12],
    fields: usize,
}

impl Table {
    /// All evidence for a pair being one person, in bits: 0 is even odds.
    pub(crate) fn score(&self, pattern: Pattern) -> f32 {
        let mut sum = self.prior + pattern.bits();
        for field in 0..self.fields {
            sum += self.weights[field][usize::from(pattern.level(field))];
        }
        sum
    }

    /// Where every pair begins, before its fields are looked at.
    pub(crate) fn prior(&self) -> f32 {
        self.prior
    }

    /// The most that a field can weigh, besides the bits of a value.
    pub(crate) fn most(&self, field: usize) -> f32 {
        self.most[field]
    }

    /// Weight of one field of a pair, in bits.
    pub(crate) fn of_field(&self, field: usize, agreements: &Agreements) -> f32 {
        let agreement = agreements[field];
        self.weights[field][usize::from(agreement.level)] + agreement.bits
    }
}

/// From bits to a probability.
pub(crate) fn probability(bits: f32) -> f64 {
    1.0 / (1.0 + (-f64::from(bits)).exp2())
}
