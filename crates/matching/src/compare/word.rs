//! Single words beside each other, bags of words, and short texts.

use super::{
    Agreement,
    level::{bag, text as text_level},
};
use crate::persons::{About, Words};

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
#[derive(Default)]
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

    pub(crate) fn or_new(self) -> Self {
        match self.slots.len() {
            SLOTS => self,
            _ => Self::new(),
        }
    }

    /// Likeness of two words of the dictionary of `field`.
    pub(crate) fn likeness(&mut self, words: &Words, field: usize, a: u32, b: u32) -> Likeness {
        if a == b {
            return Likeness::Same;
        }
        let about = (words.about[a as usize], words.about[b as usize]);
        if !may_be_alike(about.0, about.1) {
            return Likeness::Unlike;
        }
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        let key = (u64::from(low) << 32 | u64::from(high)) ^ (field as u64) << 60;
        let slot = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize & (SLOTS - 1);
        if self.slots[slot].0 == key {
            return self.slots[slot].1;
        }
        let found = likeness(
            (words.dictionary.get(a), about.0),
            (words.dictionary.get(b), about.1),
        );
        self.slots[slot] = (key, found);
        found
    }
}

/// So many letters may differ in a slip of a word of so many letters.
fn allowed(length: u8) -> u32 {
    match length {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// Rules out most pairs of words by their letters alone.
fn may_be_alike(a: About, b: About) -> bool {
    let (short, long) = if a.length <= b.length { (a, b) } else { (b, a) };
    let part = short.letters & !long.letters == 0;
    if short.length <= 1 || part && short.length >= 3 {
        return part && short.length > 0;
    }
    // A slip changes at most two letters of the set.
    let apart = (a.letters ^ b.letters).count_ones();
    let near = long.length - short.length <= 2;
    near && (apart <= 2 * allowed(short.length)
        || short.length >= 4 && apart <= 4 && (a.sound == b.sound || short.length >= 5))
}

/// Likeness of two different words.
pub(crate) fn likeness((a, about_a): (&str, About), (b, about_b): (&str, About)) -> Likeness {
    let (short, long, few, many) = if about_a.length <= about_b.length {
        (a, b, about_a.length, about_b.length)
    } else {
        (b, a, about_b.length, about_a.length)
    };
    if few <= 1 {
        let initial = few == 1 && many > 1 && long.starts_with(short);
        return if initial {
            Likeness::Initial
        } else {
            Likeness::Unlike
        };
    }
    if about_a.number || about_b.number {
        // Numbers of houses and the like: a slip in a long one at most.
        let slip = few >= 4 && few == many && strsim::osa_distance(short, long) == 1;
        return if slip {
            Likeness::Close
        } else {
            Likeness::Unlike
        };
    }
    if many - few <= 2 {
        let distance = strsim::osa_distance(short, long) as u32;
        if distance <= allowed(few) {
            return Likeness::Close;
        }
        // Heard alike, with the same length or nearly so.
        let heard_alike = about_a.sound == about_b.sound && about_a.sound != 0;
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
    cache: &mut WordCache,
) -> Agreement {
    let (left, right) = (words.of(a), words.of(b));
    if left.is_empty() || right.is_empty() {
        return Agreement::default();
    }
    let information = |word: u32| words.word_bits(word) + 0.5;
    if words.whole[a as usize] == words.whole[b as usize] {
        let independent: f32 = left.iter().map(|w| words.word_bits(*w)).sum();
        return Agreement::worth(bag::SAME, independent.min(words.value_bits(a)));
    }
    let (mut both, mut bits) = (0.0, 0.0_f32);
    let (mut only_left, mut only_right) = (0.0, 0.0);
    let mut lonely_left = [0_u32; 16];
    let mut lonely_right = [0_u32; 16];
    let (mut lefts, mut rights) = (0, 0);
    let (mut i, mut j) = (0, 0);
    while i < left.len() || j < right.len() {
        match (left.get(i), right.get(j)) {
            (Some(x), Some(y)) if x == y => {
                both += information(*x);
                bits += words.word_bits(*x);
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
            taken & 1 << at == 0 && cache.likeness(words, field, *x, **y) == Likeness::Close
        });
        match found {
            Some((at, y)) => {
                taken |= 1 << at;
                // As common as the commoner of the two; the rarer one is the slip.
                let common = words.word_bits(*x).min(words.word_bits(*y));
                both += 0.9 * (common + 0.5);
                bits += (common - 1.6).max(0.0);
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
    Agreement::worth(level, bits)
}

/// Two short texts.
pub(crate) fn text(words: &Words, a: u32, b: u32) -> Agreement {
    let (x, y) = (a as usize, b as usize);
    if words.whole[x] == 0 || words.whole[y] == 0 {
        return Agreement::default();
    }
    if words.written[x] == words.written[y] {
        return Agreement::worth(text_level::SAME, words.value_bits(a));
    }
    if words.whole[x] == words.whole[y] || words.joined[x] == words.joined[y] {
        return Agreement::worth(text_level::SPELLING, words.value_bits(a));
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
            assert_eq!(alike(a, b), wanted, "{a} {b}");
            assert_eq!(alike(b, a), wanted, "{b} {a}");
        }
        assert_eq!(alike("rohman", "rahman"), Likeness::Close);
    }

    fn alike(a: &str, b: &str) -> Likeness {
        let mut words = Words::default();
        let both = [a.to_owned(), b.to_owned()];
        words.push("", &both, false);
        let numbers: Vec<u32> = words.of(0).to_vec();
        WordCache::new().likeness(&words, 0, numbers[0], numbers[1])
    }

    #[test]
    fn the_cache_and_the_letters_never_change_an_answer() {
        let mut words = Words::default();
        let ends = ["ati", "ani", "anto", "iana", "udin", "man", ""];
        let starts = [
            "s", "sur", "sul", "har", "hart", "muh", "raf", "raif", "zai", "jai", "k",
        ];
        let all: Vec<String> = starts
            .iter()
            .flat_map(|s| ends.iter().map(move |e| format!("{s}{e}")))
            .collect();
        words.push("", &all, false);
        let numbers: Vec<u32> = words.of(0).to_vec();
        let mut cache = WordCache::new();
        for _ in 0..2 {
            for a in &numbers {
                for b in &numbers {
                    let found = cache.likeness(&words, 1, *a, *b);
                    if a != b {
                        let about = |n: &u32| (words.dictionary.get(*n), words.about[*n as usize]);
                        let bare = likeness(about(a), about(b));
                        assert_eq!(found, bare, "{} {}", about(a).0, about(b).0);
                    }
                }
            }
        }
    }
}
