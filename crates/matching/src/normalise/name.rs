//! Names of persons: titles, patronymics and abbreviations away, the words that are left in canonical spelling.

use super::{
    fold, is_apostrophe,
    spelling::{canonical, letters},
};

/// So many words of a name count; the rest of a very long one does not.
pub const MOST_WORDS: usize = 8;
/// So many letters of a word count.
const LONGEST_WORD: usize = 40;

/// Forms of address, religious titles and the word for a deceased: before a name, never part of it.
const BEFORE: &[&str] = &[
    "h",
    "hj",
    "haji",
    "hajah",
    "hajjah",
    "drs",
    "dra",
    "ir",
    "dr",
    "drg",
    "prof",
    "tn",
    "ny",
    "nn",
    "sdr",
    "sdri",
    "bpk",
    "bapak",
    "bp",
    "ibu",
    "pak",
    "bu",
    "alm",
    "almh",
    "almarhum",
    "almarhumah",
    "kh",
    "kyai",
    "kiai",
    "ust",
    "ustad",
    "ustadz",
    "ustadzah",
    "mr",
    "mrs",
    "nyonya",
    "tuan",
    "saudara",
    "saudari",
];

/// Degrees behind a name, dots and blanks taken out.
const BEHIND: &[&str] = &[
    "spd",
    "spdi",
    "spdsd",
    "sh",
    "shi",
    "se",
    "sei",
    "ssos",
    "sag",
    "skom",
    "st",
    "stp",
    "sp",
    "spt",
    "sip",
    "skm",
    "skep",
    "skeb",
    "ssi",
    "ssy",
    "sfarm",
    "sst",
    "spsi",
    "ssn",
    "shut",
    "ns",
    "mpd",
    "mpdi",
    "msi",
    "mm",
    "mh",
    "mt",
    "mag",
    "mkes",
    "msc",
    "ma",
    "mba",
    "phd",
    "amd",
    "amdkeb",
    "amdkep",
    "ama",
    "amapd",
    "bsc",
    "ba",
    "lc",
    "alm",
    "almh",
    "almarhum",
    "almarhumah",
    "apt",
    "keb",
    "kep",
];

/// Son or daughter of: the name of the father follows.
const CHILD_OF: &[&str] = &["bin", "binti", "bt", "btn", "ibn", "ibnu", "bte"];

/// A name taken apart.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Name {
    /// The words as written, in small letters, titles and the father's name left out.
    pub written: Vec<String>,
    /// The words in canonical spelling, in the order written; a word of one letter is an initial.
    pub words: Vec<String>,
}

impl Name {
    /// Takes a name apart. A text without letters gives no words.
    pub fn parse(text: &str) -> Self {
        let pieces = pieces(text);
        let kept = without_titles(&pieces);
        let kept = match kept
            .iter()
            .position(|p| CHILD_OF.contains(&p.word.as_str()))
        {
            // `Ahmad bin Usman` is Ahmad; `Bin Usman` alone stays.
            Some(at) if at > 0 => &kept[..at],
            _ => kept,
        };
        let kept = &kept[..kept.len().min(MOST_WORDS)];
        let mut words = Vec::with_capacity(kept.len() + 1);
        for (at, piece) in kept.iter().enumerate() {
            let word = piece.word.as_str();
            if at == 0 && kept.len() > 1 && word == "st" {
                words.push("siti".to_owned());
            } else {
                push_canonical(word, &mut words);
            }
        }
        words.truncate(MOST_WORDS);
        Self {
            written: kept.iter().map(|p| p.word.clone()).collect(),
            words,
        }
    }
}

/// `Abdurrahman`, `Abdul Rahman` and `Abd. Rohman` begin with the same two words.
fn push_canonical(word: &str, words: &mut Vec<String>) {
    let spelled = letters(word);
    let joined = ["abdul", "abdur", "abdus", "abdun", "abdud"]
        .iter()
        .find_map(|start| spelled.strip_prefix(start))
        .filter(|rest| rest.chars().count() >= 3 && *rest != "lah");
    match joined {
        Some(rest) => {
            words.push("abdul".to_owned());
            // abdurrahman has lost its double r: abdu-rahman, abdu-s-salam.
            let sun = spelled.chars().nth(4).filter(|c| *c != 'l');
            let rest = match sun {
                Some(letter) if !rest.starts_with(letter) => format!("{letter}{rest}"),
                _ => rest.to_owned(),
            };
            words.push(canonical(&rest));
        }
        None => words.push(canonical(word)),
    }
}

struct Piece {
    word: String,
    /// A dot or comma stood before it, without a blank (`S.Pd`).
    glued: bool,
    /// A comma stood somewhere before it.
    behind_comma: bool,
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let mut word = String::new();
    let (mut letters, mut glued, mut comma) = (0, false, false);
    let mut close = |word: &mut String, glued: bool, comma: bool| {
        if !word.is_empty() {
            found.push(Piece {
                word: std::mem::take(word),
                glued,
                behind_comma: comma,
            });
        }
    };
    fold(text, |c| {
        if c.is_alphanumeric() {
            letters += 1;
            if letters <= LONGEST_WORD {
                word.push(c);
            }
            return;
        }
        if is_apostrophe(c) {
            return;
        }
        let ended = !word.is_empty();
        close(&mut word, glued, comma);
        letters = 0;
        glued = c == '.' && ended;
        comma |= c == ',';
    });
    close(&mut word, glued, comma);
    found
}

/// Cuts titles from both ends. What is nothing but titles stays whole: somebody is called Haji.
fn without_titles(pieces: &[Piece]) -> &[Piece] {
    let mut from = 0;
    while from + 1 < pieces.len() && BEFORE.contains(&pieces[from].word.as_str()) {
        from += 1;
    }
    let mut rest = &pieces[from..];
    while rest.len() > 1 {
        // One to three pieces that make a degree together: `S.Pd.I`, `A. Md. Keb`.
        let degree = (1..=3.min(rest.len() - 1)).rev().find(|n| {
            let tail = &rest[rest.len() - n..];
            let together: String = tail.iter().map(|p| p.word.as_str()).collect();
            let written_so =
                *n > 1 && tail[1..].iter().all(|p| p.glued) || tail[0].behind_comma || *n == 1;
            // A last `H.` or `M.` is an initial, a last `Ma` or `Se` may be a name: behind a comma only.
            let sure = tail[0].behind_comma || together.len() > 2 || *n > 1;
            BEHIND.contains(&together.as_str()) && written_so && sure
        });
        match degree {
            Some(n) => rest = &rest[..rest.len() - n],
            None => break,
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        Name::parse(text).words.join(" ")
    }

    #[test]
    fn titles_before_and_behind_are_no_part_of_a_name() {
        for text in [
            "H. Ahmad Dahlan",
            "Drs. H. Ahmad Dahlan",
            "Ahmad Dahlan, S.Pd",
            "Ahmad Dahlan, S.Pd., M.M.",
            "Ahmad Dahlan S.Pd.I",
            "Ir Ahmad Dahlan, ST",
            "Tn. Achmad Dahlan",
            "Alm. Ahmad Dahlan",
            "AHMAD DAHLAN (ALM)",
            "Bpk. Ahmad Dahlan",
            "Prof. Dr. H. Ahmad Dahlan, S.H., M.H.",
            "Ahmad Dahlan A.Md.Keb",
            "Ahmad Dahlan bin Usman",
            "KH Ahmad Dahlan",
        ] {
            assert_eq!(words(text), "ahmad dahlan", "{text}");
        }
        assert_eq!(words("Hj. Siti Aminah binti Kasim"), "siti aminah");
        assert_eq!(words("Ny. Sulastri"), "sulastri");
    }

    #[test]
    fn a_name_that_is_only_a_title_stays() {
        assert_eq!(words("Haji"), "haji");
        assert_eq!(words("Drs. H."), "h");
        assert_eq!(words("Bin Usman"), "bin usman");
    }

    #[test]
    fn st_before_a_name_is_siti_and_behind_a_comma_a_degree() {
        assert_eq!(words("St. Aminah"), "siti aminah");
        assert_eq!(words("Sti Aminah"), "siti aminah");
        assert_eq!(words("Budi Santoso, ST"), "budi santoso");
        assert_eq!(words("Budi Santoso, S.T."), "budi santoso");
    }

    #[test]
    fn an_initial_stays_an_initial() {
        assert_eq!(words("M. Yusuf"), "m iusuf");
        assert_eq!(words("Yusuf M."), "iusuf m");
        assert_eq!(words("M.Yusuf"), "m iusuf");
        assert_eq!(words("Budi H."), "budi h");
    }

    #[test]
    fn servants_of_god_are_two_words_however_they_are_written() {
        for text in [
            "Abdurrahman",
            "Abdul Rahman",
            "Abd. Rahman",
            "Abdurahman",
            "Abdoel Rachman",
        ] {
            assert_eq!(words(text).replace("kh", "h"), "abdul rahman", "{text}");
        }
        assert_eq!(words("Abdussalam"), "abdul salam");
        assert_eq!(words("Abdullah"), "abdulah");
        assert_eq!(words("Abdul"), "abdul");
    }

    #[test]
    fn very_long_names_other_scripts_and_nothing_at_all_are_taken() {
        let long = "Siti ".repeat(100);
        assert_eq!(Name::parse(&long).words.len(), MOST_WORDS);
        let one = "a".repeat(500);
        assert_eq!(Name::parse(&one).written[0].len(), LONGEST_WORD);
        assert_eq!(Name::parse("محمد علي").words, ["محمد", "علي"]);
        assert_eq!(Name::parse("李小龍").words, ["李小龍"]);
        for empty in ["", "   ", "-", "....", "\u{0}"] {
            assert_eq!(Name::parse(empty), Name::default(), "{empty:?}");
        }
    }
}
