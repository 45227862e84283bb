//! A deliberate fault of the engine: a sentence, a file, and texts in it that are replaced. Texts, not line numbers, so
//! that a mutation survives edits around it; a test notices when its place is gone.

use crate::Failure;
use std::{fs, path::Path};

/// Stands in a mutation for "this fault is on": all faults are built at once, and one is chosen when the program runs.
const MUTANT: &str = "MUTANT";

/// The variable that names the fault that is on.
pub const SWITCH: &str = "LAWANG_MUTANT";

/// A file of the crate that all others know.
pub const EVERYBODY_KNOWS: &str = "crates/domain/src/lib.rs";

/// What reads it; put at the end of the crate that all others know, in the copy alone.
pub const FUNCTION: &str = r#"
/// Whether a deliberate fault is on.
pub fn mutant(name: &str) -> bool {
    static ON: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    ON.get_or_init(|| std::env::var("LAWANG_MUTANT").unwrap_or_default()) == name
}
"#;

/// A fault that the simulation has to notice.
pub struct Mutation {
    pub name: String,
    /// What is wrong then; for people, and for the table in docs/simulation.md.
    #[cfg_attr(not(test), allow(dead_code))]
    pub why: String,
    /// Where, from the root of the checkout.
    pub file: String,
    /// What stands there, and what is put there.
    replaced: Vec<(String, String)>,
}

impl Mutation {
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}.", path.display()))?;
        Self::parse(&name, &text).ok_or_else(|| format!("{} is no mutation.", path.display()))
    }

    fn parse(name: &str, text: &str) -> Option<Self> {
        let (why, rest) = text.split_once("\n\nfile: ")?;
        let (file, hunks) = rest.split_once('\n')?;
        let mut replaced = Vec::new();
        for hunk in hunks.split("<<<<<<<\n").filter(|h| !h.trim().is_empty()) {
            let (find, put) = hunk.split_once("\n=======\n")?;
            let (put, _) = put.split_once("\n>>>>>>>")?;
            replaced.push((find.to_owned(), put.to_owned()));
        }
        (!replaced.is_empty()).then(|| Self {
            name: name.to_owned(),
            why: why.trim().to_owned(),
            file: file.trim().to_owned(),
            replaced,
        })
    }

    /// The file's text with the fault behind its switch.
    pub fn mutated(&self, text: &str) -> Result<String, Failure> {
        let mut out = text.to_owned();
        for (find, put) in &self.replaced {
            if out.matches(find.as_str()).count() != 1 {
                return Err(format!(
                    "The mutation {} does not find its one place in {}; it looks for:\n{find}",
                    self.name, self.file
                ));
            }
            let on = format!("lawang_domain::mutant({:?})", self.name);
            out = out.replacen(find.as_str(), &put.replace(MUTANT, &on), 1);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutation_replaces_its_texts_and_says_when_one_is_not_there() {
        let text = "Drops it.\n\nfile: a.rs\n<<<<<<<\n  one\n=======\n  MUTANT\n>>>>>>>\n<<<<<<<\nx\n=======\ny\n>>>>>>>\n";
        let mutation = Mutation::parse("drops", text).unwrap();
        assert_eq!(mutation.why, "Drops it.");
        assert_eq!(
            mutation.mutated("a\n  one\nx").unwrap(),
            "a\n  lawang_domain::mutant(\"drops\")\ny"
        );
        assert!(mutation.mutated("x").unwrap_err().contains("a.rs"));
        assert!(Mutation::parse("nothing", "words").is_none());
    }
}
