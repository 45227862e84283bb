//! Long lists of choices: only the chosen ones go with the question, the others are asked for.

use super::{OpenVisit, Whole, items::media_of};
use crate::{device::Device, error::AppError, views};
use icu_normalizer::DecomposingNormalizerBorrowed;
use lawang_domain::{FieldPath, HouseholdId};
use lawang_forms::Choice;
use std::{collections::HashMap, sync::Arc};

/// Up to so many choices go with the question itself.
pub(crate) const LISTED: usize = 100;
/// Most choices in one answer.
const MAX_PAGE: usize = 200;

/// Labels and codes of the form's lists, folded for searching: once for each list and language.
#[derive(Default)]
pub(crate) struct FoldedLists(HashMap<(String, String), Arc<Vec<Folded>>>);

/// Label and code of one row.
struct Folded {
    label: Box<str>,
    value: Box<str>,
}

/// Lower case without accents: `Désa` is found by `desa`.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    DecomposingNormalizerBorrowed::new_nfd()
        .normalize(text)
        .chars()
        .filter(|c| !matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'))
        .flat_map(char::to_lowercase)
        .collect()
}

impl Folded {
    /// How well the words fit, the best first: 0 the label or code begins with them, 1 a word of the
    /// label begins with the first of them, 2 they stand somewhere in it.
    fn rank(&self, whole: &str, words: &[&str]) -> Option<u8> {
        if self.label.starts_with(whole) || self.value.starts_with(whole) {
            return Some(0);
        }
        let all = words
            .iter()
            .all(|w| self.label.contains(w) || self.value.contains(w));
        if !all {
            return None;
        }
        let begins = |word: &str| {
            self.label
                .match_indices(word)
                .any(|(at, _)| !self.label[..at].ends_with(char::is_alphanumeric))
        };
        Some(if words.first().is_some_and(|w| begins(w)) {
            1
        } else {
            2
        })
    }
}

pub(crate) fn item_of(choice: Choice) -> views::ChoiceItem {
    views::ChoiceItem {
        media: media_of(&choice.media),
        value: choice.value,
        label: choice.label,
        geometry: choice.geometry,
    }
}

impl OpenVisit {
    fn folded(&mut self, list: &str, language: &str) -> Arc<Vec<Folded>> {
        let form = self.form.clone();
        self.lists
            .0
            .entry((list.to_owned(), language.to_owned()))
            .or_insert_with(|| {
                let rows = form.list_texts(list, language);
                Arc::new(
                    rows.into_iter()
                        .flatten()
                        .map(|(value, label)| Folded {
                            label: fold(&label).into(),
                            value: fold(value).into(),
                        })
                        .collect(),
                )
            })
            .clone()
    }

    /// Choices to go with the question, and how many there are.
    pub(crate) fn choices_of(
        &self,
        path: &FieldPath,
        value: &str,
        language: &str,
    ) -> (Vec<views::ChoiceItem>, u32) {
        if !self.has_list(path) {
            // Answers to a question of a repeat: as many as there are instances.
            let choices: Vec<_> = self
                .instance
                .choices(path, self.form_language(language))
                .into_iter()
                .map(item_of)
                .collect();
            let total = u32::try_from(choices.len()).unwrap_or(u32::MAX);
            return (choices, total);
        }
        let mut rows = self.instance.choice_rows(path);
        let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        if rows.len() > LISTED {
            rows = self.instance.rows_of(path, value);
        }
        (self.in_rows(path, &rows, language), total)
    }

    fn in_rows(&self, path: &FieldPath, rows: &[u32], language: &str) -> Vec<views::ChoiceItem> {
        let language = self.form_language(language);
        rows.iter()
            .filter_map(|row| self.instance.choice_in(path, *row, language))
            .map(item_of)
            .collect()
    }

    fn has_list(&self, path: &FieldPath) -> bool {
        self.form.question(path).is_some_and(|q| q.list.is_some())
    }

    fn search_choices(
        &mut self,
        path: &FieldPath,
        search: &str,
        offset: usize,
        limit: usize,
        language: &str,
    ) -> views::ChoicePage {
        let mut rows = self.instance.choice_rows(path);
        let whole = fold(search.trim());
        let words: Vec<&str> = whole.split_whitespace().collect();
        let list = self.form.question(path).and_then(|q| q.list.clone());
        if let (false, Some(list)) = (words.is_empty(), list) {
            let tongue = self.form_language(language).to_owned();
            let folded = self.folded(&list, &tongue);
            let mut found: Vec<(u8, u32)> = rows
                .iter()
                .filter_map(|row| {
                    let text = folded.get(*row as usize)?;
                    Some((text.rank(&whole, &words)?, *row))
                })
                .collect();
            // Stable: within a rank the order of the list.
            found.sort_by_key(|(rank, _)| *rank);
            rows = found.into_iter().map(|(_, row)| row).collect();
        }
        let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let piece: Vec<u32> = rows
            .into_iter()
            .skip(offset)
            .take(limit.min(MAX_PAGE))
            .collect();
        views::ChoicePage {
            choices: self.in_rows(path, &piece, language),
            total,
        }
    }
}

impl Device {
    /// A piece of a question's choices, all or those that fit some words.
    pub fn visit_choices(
        &mut self,
        household: HouseholdId,
        path: &FieldPath,
        search: &str,
        offset: u32,
        limit: u32,
    ) -> Result<views::ChoicePage, AppError> {
        let language = self.language.clone();
        let open = self.open_visit(household, Whole::Visit)?;
        if open.instance.node(path).is_none() {
            return Err(AppError::new("no_such_field", "no such question").at(path));
        }
        Ok(open.search_choices(path, search, offset as usize, limit as usize, &language))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_takes_case_and_accents_away() {
        assert_eq!(fold("Désa ÅSANE"), "desa asane");
        assert_eq!(fold("Gunung Kidul"), "gunung kidul");
    }

    #[test]
    fn what_begins_with_the_words_comes_before_what_holds_them() {
        let row = |label: &str, value: &str| Folded {
            label: fold(label).into(),
            value: fold(value).into(),
        };
        let rank = |row: &Folded, search: &str| {
            let words: Vec<&str> = search.split_whitespace().collect();
            row.rank(search, &words)
        };
        assert_eq!(rank(&row("Suka Maju", "18.09"), "suka"), Some(0));
        assert_eq!(rank(&row("Desa Suka Maju", "18.09"), "suka"), Some(1));
        assert_eq!(rank(&row("Kesukaan", "18.09"), "suka"), Some(2));
        assert_eq!(rank(&row("Suka Maju", "18.09"), "18"), Some(0));
        assert_eq!(rank(&row("Suka Maju", "18.09"), "maju suka"), Some(1));
        assert_eq!(rank(&row("Suka Maju", "18.09"), "mundur"), None);
    }
}
