//! What a proposal to remove a family rests on: files by their hashes, in the change that proposes. Who changes a file
//! afterwards changes its hash, and it is the proposal's no more.

use crate::{Record, State, review::field};
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

/// Proposals, and takings back, that nobody who knew of them has followed with another: the one that counts first. Of several
/// made apart a proposal counts before a taking back: what one person proposed does not vanish because somebody else,
/// who had not heard of it, took an older one back. `state`: the document's.
pub fn open_removals(verification: &Record, state: &State) -> Vec<InstanceId> {
    let text = |id: &InstanceId, key: &str| state.text(&FieldPath::of(Event::REMOVALS, *id, key));
    let step = |id: &InstanceId| text(id, "step").parse::<u64>().unwrap_or(0);
    let change = |id: &InstanceId| {
        let path = FieldPath::of(Event::REMOVALS, *id, "step");
        state.fields.get(&path)?.first().map(|value| value.change)
    };
    let all = state.of(Event::REMOVALS);
    let knew = |a: &InstanceId, b: &InstanceId| match (change(a), change(b)) {
        // A record that began anew holds several in one change.
        (Some(x), Some(y)) if x == y => step(a) > step(b),
        (Some(x), Some(y)) => verification.knew(&x, &y),
        _ => step(a) > step(b),
    };
    let mut open: Vec<InstanceId> = all
        .iter()
        .filter(|id| !all.iter().any(|later| later != *id && knew(later, id)))
        .copied()
        .collect();
    open.sort_by_key(|id| std::cmp::Reverse((!text(id, "reason").is_empty(), step(id), *id)));
    open
}

/// Whether two of them differ in what they want.
pub fn removals_differ(state: &State, open: &[InstanceId]) -> bool {
    let wants = |id: &InstanceId| {
        ["reason", "replacement"].map(|key| {
            state
                .text(&FieldPath::of(Event::REMOVALS, *id, key))
                .to_owned()
        })
    };
    open.windows(2)
        .any(|pair| wants(&pair[0]) != wants(&pair[1]))
}

/// Hashes of the files that the proposals which nobody has followed show.
pub fn proposed_evidence(verification: &Record, state: &State) -> Vec<[u8; 32]> {
    let open = open_removals(verification, state);
    let files = open.iter().flat_map(|id| evidence_of(state, *id));
    let mut hashes: Vec<[u8; 32]> = files.filter_map(|file| file.hash()).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
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
        let removal = state.of(Event::REMOVALS)[0];
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
            assert!(evidence_of(&state, state.of(Event::REMOVALS)[0]).is_empty());
        }
        let many = vec![file(3, "image/png"); MOST_EVIDENCE + 5];
        let state = proposed(5, "1", &Evidence::text(&many));
        let read = evidence_of(&state, state.of(Event::REMOVALS)[0]);
        assert_eq!(read.len(), MOST_EVIDENCE);
    }
}
