//! Names beside each other.

use super::{
    Agreement,
    level::name::{CLOSE, DIFFERENT, FAINT, NICKNAME, PARTLY, SAME, SHORTER, SPELLING},
    word::{Likeness, WordCache},
};
use crate::{normalise::name::MOST_WORDS, persons::Words};

/// Bits of an initial that fits, and what a slip or a short form costs: several words would have fitted.
const INITIAL: f32 = 3.6;
const SLIP: f32 = 1.6;
const SHORT_FORM: f32 = 2.3;

/// Compares the names of two rows.
pub(crate) fn compare(
    words: &Words,
    field: usize,
    a: u32,
    b: u32,
    cache: &mut WordCache,
) -> Agreement {
    let (x, y) = (a as usize, b as usize);
    if words.whole[x] == 0 || words.whole[y] == 0 {
        return Agreement::default();
    }
    let (left, right) = (words.of(a), words.of(b));
    let same = words.written[x] == words.written[y];
    if same || words.whole[x] == words.whole[y] || words.joined[x] == words.joined[y] {
        let independent: f32 = left.iter().map(|w| words.word_bits(*w)).sum();
        let bits = independent.min(words.value_bits(a));
        return Agreement::worth(if same { SAME } else { SPELLING }, bits);
    }
    let (short, long) = if left.len() <= right.len() {
        (left, right)
    } else {
        (right, left)
    };
    let mut used_short = [false; MOST_WORDS];
    let mut used_long = [false; MOST_WORDS];
    let (mut same, mut close, mut nicknames, mut initials) = (0, 0, 0, 0);
    let mut bits = 0.0;
    // The surest likeness first, so that a word is not given away to a weaker one.
    for wanted in [
        Likeness::Same,
        Likeness::Close,
        Likeness::Nickname,
        Likeness::Initial,
    ] {
        for (i, s) in short.iter().enumerate().take(MOST_WORDS) {
            if used_short[i] {
                continue;
            }
            let partner =
                long.iter().enumerate().take(MOST_WORDS).find(|(j, l)| {
                    !used_long[*j] && cache.likeness(words, field, *s, **l) == wanted
                });
            let Some((j, l)) = partner else { continue };
            used_short[i] = true;
            used_long[j] = true;
            let commoner = words.word_bits(*s).min(words.word_bits(*l));
            match wanted {
                // A single letter that both have is an initial, no word.
                Likeness::Same if words.about[*s as usize].length > 1 => {
                    same += 1;
                    bits += words.word_bits(*s);
                }
                Likeness::Close => {
                    close += 1;
                    bits += (commoner - SLIP).max(0.0);
                }
                Likeness::Nickname => {
                    nicknames += 1;
                    bits += (commoner - SHORT_FORM).max(0.0);
                }
                _ => {
                    initials += 1;
                    bits += INITIAL;
                }
            }
        }
    }
    let all = same + close + nicknames + initials == short.len();
    let level = match (all, same, close, nicknames) {
        (true, 1.., 0, 0) => SHORTER,
        (true, _, 1.., 0) => CLOSE,
        (true, 0, 0, 0) => FAINT,
        (true, ..) => NICKNAME,
        _ if short.len() < long.len() && split_otherwise(words, x, y) => CLOSE,
        (false, 1.., ..) => PARTLY,
        (false, 0, 1.., _) => FAINT,
        _ => DIFFERENT,
    };
    match level {
        FAINT | DIFFERENT => Agreement::plain(level),
        _ => Agreement::worth(level, bits),
    }
}

/// `Al Farizi` and `Alfarisi`: the blanks stand elsewhere, and there is a slip besides.
fn split_otherwise(words: &Words, x: usize, y: usize) -> bool {
    let (left, right) = (
        words.wholes.get(words.joined[x]),
        words.wholes.get(words.joined[y]),
    );
    left.len().abs_diff(right.len()) <= 2
        && left.len().min(right.len()) >= 7
        && strsim::osa_distance(left, right) <= 2
}
