//! What a proposal to remove a family rests on: files by their hashes, in the change that proposes. Who changes a file
//! afterwards changes its hash, and it is the proposal's no more.

use crate::{State, review::field};
use lawang_domain::{Event, FieldPath, InstanceId};
use serde::{Deserialize, Serialize};

/// Most files of one proposal.
pub const MOST_EVIDENCE: usize = 10;
/// Kinds of files that are evidence.
const KINDS: [&str; 3] = ["image/jpeg", "image/png", "application/pdf"];

/// A file that a proposal shows. It has no name: what people call files often names persons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// `sha256:<hex>`.
    pub file: String,
    /// `image/jpeg`, `image/png`, `application/pdf`.
    pub kind: String,
    pub bytes: u64,
}

impl Evidence {
    /// SHA-256 of the file; nothing when the name is none.
    pub fn hash(&self) -> Option<[u8; 32]> {
        let hex = self.file.strip_prefix("sha256:")?;
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        let mut out = [0; 32];
        for (byte, pair) in out.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(out)
    }

    /// As it stands in the event.
    pub fn text(files: &[Self]) -> String {
        serde_json::to_string(files).unwrap_or_default()
    }
}

/// What a proposal shows. What no program of ours wrote there is left out.
pub fn evidence_of(verification: &State, removal: InstanceId) -> Vec<Evidence> {
    let text = field(verification, Event::REMOVALS, removal, "evidence");
    let all: Vec<Evidence> = serde_json::from_str(&text).unwrap_or_default();
    all.into_iter()
        .filter(|file| KINDS.contains(&file.kind.as_str()) && file.hash().is_some())
        .take(MOST_EVIDENCE)
        .collect()
}

/// The proposal that counts: the newest by its step. One without a reason takes the one before back.
pub fn newest_removal(verification: &State) -> Option<InstanceId> {
    let step = |id: &InstanceId| {
        let path = FieldPath::of(Event::REMOVALS, *id, "step");
        verification.text(&path).parse::<u64>().unwrap_or(0)
    };
    verification
        .of(Event::REMOVALS)
        .iter()
        .copied()
        .max_by_key(|id| (step(id), *id))
}

/// Hashes of the files that the proposal that counts shows.
pub fn proposed_evidence(verification: &State) -> Vec<[u8; 32]> {
    let files = newest_removal(verification).map(|removal| evidence_of(verification, removal));
    let files = files.unwrap_or_default();
    files.iter().filter_map(Evidence::hash).collect()
}

/// Whether any proposal shows this file, also one that another has followed.
pub fn shows_evidence(verification: &State, hash: &[u8; 32]) -> bool {
    verification
        .of(Event::REMOVALS)
        .iter()
        .flat_map(|id| evidence_of(verification, *id))
        .any(|file| file.hash().as_ref() == Some(hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hash, Value};
    use uuid::Uuid;

    fn proposed(id: u128, step: &str, evidence: &str) -> State {
        let id = InstanceId(Uuid::from_u128(id));
        let mut state = State::default();
        state.instances.insert(Event::REMOVALS.into(), vec![id]);
        for (key, text) in [("step", step), ("evidence", evidence)] {
            let value = Value {
                text: text.to_owned(),
                change: Hash([0; 32]),
            };
            let path = FieldPath::of(Event::REMOVALS, id, key);
            state.fields.insert(path, vec![value]);
        }
        state
    }

    fn file(byte: u8, kind: &str) -> Evidence {
        Evidence {
            file: format!("sha256:{}", format!("{byte:02x}").repeat(32)),
            kind: kind.to_owned(),
            bytes: 7,
        }
    }

    #[test]
    fn what_a_proposal_shows_is_read_as_it_was_written() {
        let files = [file(0xab, "image/jpeg"), file(1, "application/pdf")];
        let state = proposed(5, "1", &Evidence::text(&files));
        let removal = newest_removal(&state).unwrap();
        assert_eq!(evidence_of(&state, removal), files);
        assert!(shows_evidence(&state, &[0xab; 32]) && !shows_evidence(&state, &[2; 32]));
    }

    #[test]
    fn other_kinds_names_that_are_no_hashes_and_texts_that_are_no_list_are_no_evidence() {
        let page = file(3, "text/html");
        let short = Evidence {
            file: "sha256:ab".into(),
            ..file(3, "image/png")
        };
        let strange = Evidence {
            file: format!("sha256:{}", "é".repeat(32)),
            ..file(3, "image/png")
        };
        for text in [
            Evidence::text(&[page, short, strange]),
            "{}".into(),
            "sha256:".into(),
            String::new(),
        ] {
            let state = proposed(5, "1", &text);
            assert!(evidence_of(&state, newest_removal(&state).unwrap()).is_empty());
        }
        let many = vec![file(3, "image/png"); MOST_EVIDENCE + 5];
        let state = proposed(5, "1", &Evidence::text(&many));
        let read = evidence_of(&state, newest_removal(&state).unwrap());
        assert_eq!(read.len(), MOST_EVIDENCE);
    }
}
