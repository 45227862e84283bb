//! Texts in several languages, with `${..}` in them.

use crate::expr::Expr;
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// A language of a questionnaire, from a heading such as `label::Bahasa Indonesia (id)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Language {
    /// What stands in parentheses, or the whole name.
    pub code: String,
    /// What stands before the parentheses.
    pub name: String,
}

impl Language {
    pub(crate) fn parse(heading: &str) -> Self {
        let heading = heading.trim();
        if let Some((name, rest)) = heading.rsplit_once('(')
            && let Some(code) = rest.trim_end().strip_suffix(')')
            && !code.trim().is_empty()
            && !name.trim().is_empty()
        {
            return Self {
                code: code.trim().to_owned(),
                name: name.trim().to_owned(),
            };
        }
        Self {
            code: heading.to_owned(),
            name: heading.to_owned(),
        }
    }

    /// Whether an asked-for language (code, name or both) is this one.
    pub(crate) fn is(&self, asked: &str) -> bool {
        let asked = Self::parse(asked);
        self.code.eq_ignore_ascii_case(&asked.code) || self.name.eq_ignore_ascii_case(&asked.name)
    }
}

/// The languages of a questionnaire and the one to fall back on.
#[derive(Debug, Default)]
pub(crate) struct Languages {
    all: Vec<Language>,
    default: usize,
}

impl Languages {
    pub(crate) fn new(all: Vec<Language>, default: Option<usize>) -> Self {
        Self {
            all,
            default: default.unwrap_or(0),
        }
    }

    pub(crate) fn all(&self) -> &[Language] {
        &self.all
    }

    pub(crate) fn default_code(&self) -> &str {
        self.all.get(self.default).map_or("", |l| l.code.as_str())
    }

    pub(crate) fn code(&self, asked: &str) -> &str {
        self.all
            .iter()
            .find(|l| l.is(asked))
            .map_or_else(|| self.default_code(), |l| l.code.as_str())
    }
}

/// A piece of a text.
#[derive(Debug, Clone)]
pub(crate) enum Segment {
    Plain(String),
    Output(Arc<Expr>),
}

#[derive(Debug, Clone)]
struct Version {
    language: Arc<str>,
    raw: String,
    /// Empty if the text is only itself.
    segments: Vec<Segment>,
}

/// A text in all its languages. Serializes as `{"id": "..", "en": ".."}`, `${..}` not replaced; a
/// text without a language has the key `""`.
#[derive(Debug, Clone, Default)]
pub struct Text {
    versions: Vec<Version>,
}

impl Text {
    pub(crate) fn push(&mut self, language: Arc<str>, raw: String, segments: Vec<Segment>) {
        self.versions.push(Version {
            language,
            raw,
            segments,
        });
    }

    /// Whether no language has it.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    pub(crate) fn has(&self, language: &str) -> bool {
        self.versions.iter().any(|v| &*v.language == language)
    }

    /// Language codes and texts as written, in order.
    pub(crate) fn versions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.versions.iter().map(|v| (&*v.language, v.raw.as_str()))
    }

    /// Whether some version holds `${..}`.
    pub(crate) fn has_outputs(&self) -> bool {
        self.versions.iter().any(|v| !v.segments.is_empty())
    }

    /// Calls `visit` with every expression in it.
    pub(crate) fn each_output<'t>(&'t self, visit: &mut dyn FnMut(&'t Expr)) {
        for segment in self.versions.iter().flat_map(|v| &v.segments) {
            if let Segment::Output(expr) = segment {
                visit(expr);
            }
        }
    }

    fn version(&self, languages: &Languages, lang: &str) -> Option<&Version> {
        let asked = languages.code(lang);
        let by = |code: &str| self.versions.iter().find(|v| &*v.language == code);
        by(asked)
            .or_else(|| by(languages.default_code()))
            .or_else(|| by(""))
            .or_else(|| self.versions.first())
    }

    /// The text as written in the first language that has it.
    pub(crate) fn any(&self) -> Option<&str> {
        self.versions.first().map(|v| v.raw.as_str())
    }

    /// The text as written, falling back to the default language, then to any.
    pub(crate) fn raw(&self, languages: &Languages, lang: &str) -> String {
        self.version(languages, lang)
            .map_or_else(String::new, |v| v.raw.clone())
    }

    /// The text with its outputs replaced.
    pub(crate) fn render(
        &self,
        languages: &Languages,
        lang: &str,
        mut output: impl FnMut(&Expr) -> String,
    ) -> String {
        let Some(version) = self.version(languages, lang) else {
            return String::new();
        };
        if version.segments.is_empty() {
            return version.raw.clone();
        }
        version
            .segments
            .iter()
            .map(|s| match s {
                Segment::Plain(text) => text.clone(),
                Segment::Output(expr) => output(expr),
            })
            .collect()
    }
}

/// Names of the files that go with a text, in one language; empty where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Media {
    /// Column `image`.
    pub image: String,
    /// Column `big-image`: shown when the picture is touched.
    pub big_image: String,
    /// Column `audio`.
    pub audio: String,
    /// Column `video`.
    pub video: String,
}

impl Media {
    pub(crate) fn put(&mut self, column: &str, name: &str) {
        let place = match column {
            "image" => &mut self.image,
            "big-image" => &mut self.big_image,
            "audio" => &mut self.audio,
            _ => &mut self.video,
        };
        name.clone_into(place);
    }

    /// The files of a language; where it has none, of the default language, then of any.
    pub(crate) fn of(
        files: &[(Arc<str>, &'static str, String)],
        languages: &Languages,
        lang: &str,
    ) -> Self {
        let mut out = Self::default();
        let asked = languages.code(lang);
        for wanted in [None, Some(""), Some(languages.default_code()), Some(asked)] {
            for (language, column, name) in files {
                if wanted.is_none_or(|w| w == &**language) {
                    out.put(column, name);
                }
            }
        }
        out
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.versions.iter().map(|v| (&*v.language, &v.raw)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_heading_gives_name_and_code() {
        let id = Language::parse("Bahasa Indonesia (id)");
        assert_eq!(
            (id.code.as_str(), id.name.as_str()),
            ("id", "Bahasa Indonesia")
        );
        assert!(id.is("id") && id.is("Bahasa Indonesia") && id.is("bahasa indonesia (ID)"));
        assert_eq!(Language::parse("English").code, "English");
    }
}
