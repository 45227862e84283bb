//! The order that `randomize()` and the parameter `randomize` give, the same in every ODK client: the
//! "inside-out" shuffle of Fisher and Yates over the generator of Park and Miller (ODK XForms
//! specification, `randomize`).

use super::super::value::Value;
use sha2::{Digest, Sha256};

const MODULUS: f64 = 2_147_483_647.0;
const MULTIPLIER: f64 = 16_807.0;

/// The generator of Park and Miller, in doubles as the other clients count.
struct ParkMiller(f64);

impl ParkMiller {
    fn new(seed: i64) -> Self {
        let rest = seed as f64 % MODULUS;
        Self(if rest <= 0.0 {
            rest + MODULUS - 1.0
        } else {
            rest
        })
    }

    fn fraction(&mut self) -> f64 {
        self.0 = self.0 * MULTIPLIER % MODULUS;
        (self.0 - 1.0) / (MODULUS - 1.0)
    }
}

/// The seed that a value means: the integer part of a number; for any other text the first eight
/// bytes of its SHA-256 (JavaRosa since 4.4), and 0 for an empty one.
pub(super) fn seed_of(value: &Value) -> i64 {
    let number = value.number();
    if !number.is_nan() {
        return number as i64;
    }
    match value {
        Value::Text(text) if !text.is_empty() => {
            let hash = Sha256::digest(text.as_bytes());
            let mut first = [0; 8];
            first.copy_from_slice(&hash[..8]);
            i64::from_be_bytes(first)
        }
        _ => 0,
    }
}

/// The shuffle with a seed.
pub(super) fn shuffle_seeded<T: Copy>(input: &[T], seed: i64) -> Vec<T> {
    let mut generator = ParkMiller::new(seed);
    shuffle(input, || generator.fraction())
}

/// The shuffle with any source of fractions from 0 up to 1.
pub(super) fn shuffle<T: Copy>(input: &[T], mut fraction: impl FnMut() -> f64) -> Vec<T> {
    let mut out = Vec::with_capacity(input.len());
    for (index, item) in input.iter().enumerate() {
        let place = ((fraction() * (index + 1) as f64) as usize).min(index);
        out.push(*item);
        out[index] = out[place];
        out[place] = *item;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From `RandomizeHelper.shuffle` of JavaRosa (ODK Validate of pyxform 4.5).
    #[test]
    fn a_seed_gives_the_order_that_javarosa_gives() {
        for (seed, order) in [
            (42, "afcbhegd"),
            (0, "cbhafdge"),
            (1, "gfeachbd"),
            (-3, "fahbegdc"),
            (2_147_483_647, "cbhafdge"),
            (2_147_483_646, "cbhafdge"),
            (99_999_999_999, "bhgfdeca"),
            (-7_000_000_000, "dhfgceab"),
        ] {
            let shuffled: String = shuffle_seeded(b"abcdefgh", seed)
                .into_iter()
                .map(char::from)
                .collect();
            assert_eq!(shuffled, order, "{seed}");
        }
    }

    /// SHA-256 as JavaRosa's `toLongHash` takes it.
    #[test]
    fn a_text_gives_a_seed_through_its_hash() {
        for (text, seed) in [
            ("", 0),
            ("42", 42),
            ("-3.7", -3),
            ("abc", -5_010_229_573_455_851_542),
            ("hello", 3_238_736_544_897_475_342),
            ("Desa Sukamaju", -6_378_886_220_684_164_971),
            ("é", 5_375_421_630_974_772_051),
        ] {
            assert_eq!(seed_of(&Value::Text(text.to_owned())), seed, "{text}");
        }
    }
}
