//! What is the same though it is written otherwise: names, dates, numbers and addresses brought to one form.

pub mod address;
pub mod date;
pub mod name;
pub mod number;
pub mod sex;
pub mod spelling;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// No value is read beyond so many characters; a longer one is cut, not refused.
pub(crate) const LONGEST_VALUE: usize = 600;

/// Small letters without accents; apostrophes vanish (`Ma'ruf`), everything else that is neither letter nor digit
/// becomes `between`. Other scripts stay as they are.
pub(crate) fn fold(text: &str, mut push: impl FnMut(char)) {
    let folded = text
        .chars()
        .take(LONGEST_VALUE)
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase);
    for c in folded {
        push(c);
    }
}

/// True for what people write inside a name without meaning anything: `Ma'ruf`, ``Qur`an``, `Jum’at`.
pub(crate) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '`' | '´' | '’' | '‘' | 'ʼ' | 'ʻ')
}

/// The words of a short text, in small letters without accents: letters and digits, at most `most` of them.
pub fn words(text: &str, most: usize) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut word = String::new();
    fold(text, |c| {
        if c.is_alphanumeric() {
            word.push(c);
        } else if !is_apostrophe(c) && !word.is_empty() {
            found.push(std::mem::take(&mut word));
        }
    });
    if !word.is_empty() {
        found.push(word);
    }
    found.truncate(most);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_apostrophes_make_no_difference() {
        assert_eq!(words("Ma'ruf  ÉLIS-Ana", 9), ["maruf", "elis", "ana"]);
        assert_eq!(words("Qur`an Jum’at", 9), ["quran", "jumat"]);
    }

    #[test]
    fn other_scripts_stay_words() {
        assert_eq!(words("محمد علي", 9), ["محمد", "علي"]);
        assert_eq!(words("ꦱꦶꦠꦶ", 9).len(), 1, "Javanese letters make a word");
        assert_eq!(words("李小龍", 9), ["李小龍"]);
        assert!(words(" .,-' ", 9).is_empty());
    }
}
