//! Orthographies of Indonesian names: 1901 (Van Ophuijsen), 1947 (Soewandi) and 1972 (EYD) side by side, and the way
//! Arabic names are heard.
//!
//! Sources: the tables of Ejaan Van Ophuijsen and Ejaan Soewandi (dj, tj, nj, sj, ch, j, oe) against EYD.

/// Words that are one name in many spellings; the first is the canonical form. They are compared after [`letters`],
/// so that only what those rules do not bring together has to stand here.
const FAMILIES: &[(&str, &[&str])] = &[
    (
        "muhamad",
        &[
            "mohamad", "mukhamad", "mokhamad", "mokh", "moh", "muh", "mukh", "mhd", "muhd", "mohd",
            "md", "muhamed", "mohamed", "mohd", "muhamat", "mamad", "mkh",
        ],
    ),
    ("ahmad", &["akhmad", "akmad", "ahmat", "akhmat", "ahmed"]),
    ("abdul", &["abd", "abdl", "abdoel", "abdool"]),
    ("siti", &["sti", "sity", "sitti"]),
    ("nur", &["nor", "nuur"]),
    ("sri", &["srie"]),
    ("ai", &["aai"]),
    ("dewi", &["dewy"]),
];

/// Rules of letters that change no sound: dj/j, tj/c, nj/ny, sj/sy, ch/kh, oe/u, oo/u, ie/i, y/i, and double letters.
pub fn letters(word: &str) -> String {
    let chars: Vec<char> = word.chars().collect();
    let mut out: Vec<char> = Vec::with_capacity(chars.len());
    let mut at = 0;
    while at < chars.len() {
        let pair = (chars[at], chars.get(at + 1).copied().unwrap_or(' '));
        let (sound, taken): (&[char], usize) = match pair {
            ('d', 'j') => (&['j'], 2),
            ('t', 'j') => (&['c'], 2),
            ('n', 'j') if chars.get(at + 2).is_some_and(|c| "aiueo".contains(*c)) => {
                (&['n', 'i'], 2)
            }
            ('s', 'j') => (&['s', 'i'], 2),
            ('c', 'h') => (&['k', 'h'], 2),
            ('o', 'e' | 'o') => (&['u'], 2),
            ('i', 'e') => (&['i'], 2),
            ('y', _) => (&['i'], 1),
            ('q', _) => (&['k'], 1),
            ('x', _) => (&['k', 's'], 1),
            ('v', _) => (&['f'], 1),
            _ => (&chars[at..=at], 1),
        };
        for c in sound {
            // Double letters count once; digits do not, they are numbers.
            if out.last() != Some(c) || c.is_ascii_digit() {
                out.push(*c);
            }
        }
        at += taken;
    }
    out.into_iter().collect()
}

/// The canonical form of one word of a name.
pub fn canonical(word: &str) -> String {
    let word = letters(word);
    FAMILIES
        .iter()
        .find(|(_, others)| others.contains(&word.as_str()))
        .map_or(word, |(one, _)| (*one).to_owned())
}

/// How a word sounds, roughly: its first letter and its consonants, with f/p/v, z/s/j, kh/h, dh/d, th/t, gh/g, sy/s
/// as one. Two spellings by ear share it (`Yusuf`, `Jusup`; `Rohman`, `Rachman`). For finding, never for deciding.
pub fn sound(canonical: &str) -> String {
    let mut out = String::new();
    let chars: Vec<char> = canonical.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|i| chars.get(i)).copied();
        let heard = match c {
            'f' | 'p' => 'p',
            'z' | 's' | 'j' if at > 0 => 's',
            // Yusuf and Jusuf, Zainal and Jainal.
            'z' | 'j' => 'j',
            'i' if at == 0 && chars.get(1).is_some_and(|n| "aiueo".contains(*n)) => 'j',
            'h' if at == 0 => 'h',
            'h' => {
                // A first kh is heard as h; elsewhere kh, dh, th, gh and a last h have no sound of their own.
                if before == Some('k') {
                    out.pop();
                }
                if at == 1 && before == Some('k') {
                    'h'
                } else {
                    continue;
                }
            }
            'w' if at > 0 => continue,
            'a' | 'i' | 'u' | 'e' | 'o' if at > 0 => continue,
            // A first vowel is heard as one, whichever.
            'a' | 'i' | 'u' | 'e' | 'o' => 'a',
            other => *other,
        };
        if !out.ends_with(heard) {
            out.push(heard);
        }
    }
    if out.chars().count() > 1 && out.ends_with('h') {
        out.pop();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_new_orthography_are_one() {
        for (old, new) in [
            ("djoko", "joko"),
            ("tjetjep", "cecep"),
            ("soekarno", "sukarno"),
            ("njoman", "nyoman"),
            ("sjarif", "syarif"),
            ("soegijono", "sugijono"),
            ("sugiono", "sugiyono"),
            ("setiawan", "setyawan"),
            ("setiyawan", "setiawan"),
            ("achmad", "ahmad"),
            ("rachmat", "rakhmat"),
            ("noor", "nur"),
            ("noer", "nur"),
            ("effendi", "efendi"),
            ("sulastrie", "sulastri"),
            ("siti", "sitti"),
            ("tuty", "tuti"),
            ("fauzi", "fauzie"),
            ("novita", "nofita"),
        ] {
            assert_eq!(canonical(old), canonical(new), "{old} and {new}");
        }
    }

    #[test]
    fn all_that_stands_for_muhammad_is_one() {
        for word in [
            "muhammad",
            "muhamad",
            "mohammad",
            "mohamad",
            "mochammad",
            "mochamad",
            "moch",
            "moh",
            "muh",
            "mhd",
            "mohd",
            "mohammed",
            "muhammed",
            "moehammad",
            "md",
        ] {
            assert_eq!(canonical(word), "muhamad", "{word}");
        }
    }

    #[test]
    fn different_names_stay_different() {
        for (a, b) in [
            ("siti", "sita"),
            ("budi", "badu"),
            ("tini", "tina"),
            ("janah", "hanah"),
            ("muhamad", "mahmud"),
            ("anjar", "ancar"),
        ] {
            assert_ne!(canonical(a), canonical(b), "{a} and {b}");
        }
    }

    #[test]
    fn what_is_heard_alike_is_found_together() {
        for (a, b) in [
            ("rohman", "rachman"),
            ("yusuf", "jusup"),
            ("zainal", "jainal"),
            ("khotijah", "hotijah"),
            ("arifin", "aripin"),
            ("zulaikha", "julaeha"),
            ("saifuddin", "syaefudin"),
            ("aisyah", "aisah"),
            ("saleh", "soleh"),
            ("dhani", "dani"),
        ] {
            assert_eq!(sound(&canonical(a)), sound(&canonical(b)), "{a} and {b}");
        }
        assert_ne!(sound("budi"), sound("siti"));
    }
}
