//! Single words beside each other, bags of words, and short texts.

use super::{
    Agreement,
    level::{bag, text as text_level},
};
use crate::{intern::Interner, persons::Words};

/// How two words agree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Likeness {
    /// Not at all.
    Unlike,
    /// One is the initial of the other.
    Initial,
    /// One is the beginning or the end of the other: Udin, Saifudin.
    Nickname,
    /// A slip: one letter more, less or other, two exchanged; in long words two.
    Close,
    /// The same word.
    Same,
}

/// Likeness of words that were compared before; a fixed piece of memory in which newer pairs displace older ones.
pub(crate) struct WordCache {
    slots: Vec<(u64, Likeness)>,
}

const SLOTS: usize = 1 << 16;

impl WordCache {
    pub(crate) fn new() -> Self {
        Self {
            slots: vec![(u64::MAX, Likeness::Unlike); SLOTS],
        }
    }

    /// Likeness of two words of the dictionary of `field`.
    pub(crate) fn likeness(
        &mut self,
        dictionary: &Interner,
        sounds: &[u32],
        field: usize,
        a: u32,
        b: u32,
    ) -> Likeness {
        if a == b {
            return Likeness::Same;
        }
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        let key = u64::from(low) << 32 | u64::from(high) ^ (field as u64) << 60;
        let slot = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize & (SLOTS - 1);
        if self.slots[slot].0 == key {
            return self.slots[slot].1;
        }
        let sound = sounds[a as usize] == sounds[b as usize] && sounds[a as usize] != 0;
        let found = likeness(dictionary.get(a), dictionary.get(b), sound);
        self.slots[slot] = (key, found);
        found
    }
}

/// Likeness of two different words; `heard_alike`: they have the same sound.
pub(crate) fn likeness(a: &str, b: &str, heard_alike: bool) -> Likeness {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let (few, many) = (short.chars().count(), long.chars().count());
    if few == 0 {
        return Likeness::Unlike;
    }
    if few == 1 {
        let initial = many > 1 && long.starts_with(short);
        return if initial {
            Likeness::Initial
        } else {
            Likeness::Unlike
        };
    }
    let numbers = |word: &str| word.bytes().any(|b| b.is_ascii_digit());
    if numbers(short) || numbers(long) {
        // Numbers of houses and the like: a slip in a long one at most.
        let slip = few >= 4 && few == many && strsim::osa_distance(short, long) == 1;
        return if slip { Likeness::Close } else { Likeness::Unlike };
    }
    if many - few <= 2 {
        let distance = strsim::osa_distance(short, long);
        let allowed = match few {
            0..=3 => 0,
            4..=7 => 1,
            _ => 2,
        };
        if distance <= allowed {
            return Likeness::Close;
        }
        // Heard alike, with the same length or nearly so.
        if heard_alike && few >= 4 && distance <= 3 {
            return Likeness::Close;
        }
        if few >= 5 && distance <= 3 && strsim::jaro_winkler(short, long) >= 0.92 {
            return Likeness::Close;
        }
    }
    if few >= 3 && many > few && (long.starts_with(short) || long.ends_with(short)) {
        return Likeness::Nickname;
    }
    Likeness::Unlike
}

/// Two bags of words, rare words counting more: addresses.
pub(crate) fn bags(
    words: &Words,
    field: usize,
    a: u32,
    b: u32,
    rows: u32,
    cache: &mut WordCache,
) -> Agreement {
    let (left, right) = (words.of(a), words.of(b));
    if left.is_empty() || right.is_empty() {
        return Agreement::default();
    }
    let total = f64::from(rows.max(2));
    let share = |word: u32| f64::from(words.rows_with[word as usize].max(2) - 1) / total;
    let information = |word: u32| -share(word).log2() + 0.5;
    if words.whole[a as usize] == words.whole[b as usize] {
        let sharing = f64::from(words.rows_whole[words.whole[a as usize] as usize]);
        let independent: f64 = left.iter().map(|w| share(*w)).product();
        return Agreement::chance(bag::SAME, independent.max((sharing - 1.5).max(0.5) / total));
    }
    let (mut both, mut chance) = (0.0, 1.0_f64);
    let (mut only_left, mut only_right) = (0.0, 0.0);
    let mut lonely_left = [0_u32; 16];
    let mut lonely_right = [0_u32; 16];
    let (mut lefts, mut rights) = (0, 0);
    let (mut i, mut j) = (0, 0);
    while i < left.len() || j < right.len() {
        match (left.get(i), right.get(j)) {
            (Some(x), Some(y)) if x == y => {
                both += information(*x);
                chance *= share(*x);
                i += 1;
                j += 1;
            }
            (Some(x), y) if y.is_none_or(|y| x < y) => {
                if lefts < 16 {
                    lonely_left[lefts] = *x;
                    lefts += 1;
                }
                i += 1;
            }
            (_, Some(y)) => {
                if rights < 16 {
                    lonely_right[rights] = *y;
                    rights += 1;
                }
                j += 1;
            }
            (_, None) => break,
        }
    }
    let mut taken = 0_u32;
    for x in &lonely_left[..lefts] {
        let found = lonely_right[..rights].iter().enumerate().find(|(at, y)| {
            taken & 1 << at == 0
                && cache.likeness(&words.dictionary, &words.sounds, field, *x, **y)
                    == Likeness::Close
        });
        match found {
            Some((at, y)) => {
                taken |= 1 << at;
                // As common as the commoner of the two; the rarer one is the slip.
                let common = share(*x).max(share(*y));
                both += 0.9 * (-common.log2() + 0.5);
                chance *= (common * 3.0).min(1.0);
            }
            None => only_left += information(*x),
        }
    }
    for (at, y) in lonely_right[..rights].iter().enumerate() {
        if taken & 1 << at == 0 {
            only_right += information(*y);
        }
    }
    // What one side has and the other lacks altogether says less than a contradiction.
    let (less, more) = if only_left < only_right {
        (only_left, only_right)
    } else {
        (only_right, only_left)
    };
    let likeness = both / (both + 0.75 * less + 0.25 * more + 1e-9);
    let level = match likeness {
        l if l >= 0.85 => bag::NEARLY,
        l if l >= 0.6 => bag::MOSTLY,
        l if l >= 0.3 => bag::PARTLY,
        _ => return Agreement::plain(bag::DIFFERENT),
    };
    Agreement::chance(level, chance)
}

/// Two short texts.
pub(crate) fn text(words: &Words, a: u32, b: u32, rows: u32) -> Agreement {
    let (x, y) = (a as usize, b as usize);
    if words.whole[x] == 0 || words.whole[y] == 0 {
        return Agreement::default();
    }
    let sharing = || {
        let sharing = f64::from(words.rows_whole[words.whole[x] as usize]);
        (sharing - 1.5).max(0.5) / f64::from(rows.max(2))
    };
    if words.written[x] == words.written[y] {
        return Agreement::chance(text_level::SAME, sharing());
    }
    if words.whole[x] == words.whole[y] || words.joined[x] == words.joined[y] {
        return Agreement::chance(text_level::SPELLING, sharing());
    }
    let (left, right) = (
        words.wholes.get(words.joined[x]),
        words.wholes.get(words.joined[y]),
    );
    let near = left.len().abs_diff(right.len()) <= 2
        && left.len().min(right.len()) >= 4
        && strsim::osa_distance(left, right) <= 2;
    Agreement::plain(if near {
        text_level::CLOSE
    } else {
        text_level::DIFFERENT
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_nicknames_and_initials_are_told_apart() {
        for (a, b, wanted) in [
            ("suparti", "suparto", Likeness::Close),
            ("hidaiat", "hidaiah", Likeness::Close),
            ("siti", "sita", Likeness::Close),
            ("udin", "saifudin", Likeness::Nickname),
            ("tini", "sukartini", Likeness::Nickname),
            ("ianto", "suianto", Likeness::Nickname),
            ("m", "muhamad", Likeness::Initial),
            ("m", "ahmad", Likeness::Unlike),
            ("budi", "siti", Likeness::Unlike),
            ("adi", "ida", Likeness::Unlike),
            ("ai", "al", Likeness::Unlike),
            ("12", "13", Likeness::Unlike),
            ("12034", "12043", Likeness::Close),
        ] {
            assert_eq!(likeness(a, b, false), wanted, "{a} {b}");
            assert_eq!(likeness(b, a, false), wanted, "{b} {a}");
        }
        assert_eq!(likeness("rohman", "rahman", true), Likeness::Close);
    }

    #[test]
    fn the_cache_never_answers_for_another_pair() {
        let mut words = Interner::default();
        let names: Vec<u32> = (0..400).map(|i| words.number(&format!("nama{}", i * 7))).collect();
        let sounds = vec![0; words.len()];
        let mut cache = WordCache::new();
        for _ in 0..2 {
            for a in &names {
                for b in &names {
                    let cached = cache.likeness(&words, &sounds, 1, *a, *b);
                    if a != b {
                        assert_eq!(cached, likeness(words.get(*a), words.get(*b), false));
                    }
                }
            }
        }
    }
}
