//! What the server says of a batch: a verdict for each thing, one by one or in runs.

use minicbor::{Decode, Encode};

/// The server's word on each thing of a batch, in the batch's order: rows first, then changes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PushReply {
    /// One by one; empty when they stand in `runs`.
    #[n(0)]
    pub verdicts: Vec<Verdict>,
    /// Equal verdicts in a row taken together: the answer to a tight batch.
    #[n(1)]
    pub runs: Option<Vec<Run>>,
}

impl PushReply {
    /// In runs: accepted things whose numbers follow one another, refused ones with the same code.
    pub fn in_runs(verdicts: &[Verdict]) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        for verdict in verdicts {
            match (runs.last_mut(), verdict) {
                (Some(Run::Accepted(run)), Verdict::Accepted(seq))
                    if run.first.checked_add(run.count.into()) == Some(*seq) =>
                {
                    run.count += 1;
                }
                (Some(Run::Refused(run)), Verdict::Refused(code)) if run.code == *code => {
                    run.count += 1;
                }
                (_, Verdict::Accepted(seq)) => runs.push(Run::Accepted(AcceptedRun {
                    first: *seq,
                    count: 1,
                })),
                (_, Verdict::Refused(code)) => runs.push(Run::Refused(RefusedRun {
                    code: code.clone(),
                    count: 1,
                })),
            }
        }
        Self {
            verdicts: Vec::new(),
            runs: Some(runs),
        }
    }

    /// One verdict for each of so many things; `None` when the server gave another number of them.
    pub fn each(self, things: usize) -> Option<Vec<Verdict>> {
        let Some(runs) = self.runs else {
            return (self.verdicts.len() == things).then_some(self.verdicts);
        };
        let mut verdicts = self.verdicts;
        for run in runs {
            let count = match &run {
                Run::Accepted(run) => run.count,
                Run::Refused(run) => run.count,
            };
            // A run may claim billions.
            if verdicts.len() + usize::try_from(count).ok()? > things {
                return None;
            }
            for at in 0..u64::from(count) {
                verdicts.push(match &run {
                    Run::Accepted(run) => Verdict::Accepted(run.first.checked_add(at)?),
                    Run::Refused(run) => Verdict::Refused(run.code.clone()),
                });
            }
        }
        (verdicts.len() == things).then_some(verdicts)
    }
}

/// Verdicts in a row.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Run {
    #[n(0)]
    Accepted(#[n(0)] AcceptedRun),
    #[n(1)]
    Refused(#[n(0)] RefusedRun),
}

/// So many things with numbers that follow one another.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AcceptedRun {
    #[n(0)]
    pub first: u64,
    #[n(1)]
    pub count: u32,
}

/// So many things refused with one code.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RefusedRun {
    #[n(0)]
    pub code: String,
    #[n(1)]
    pub count: u32,
}

/// The server's word on one row or change.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Verdict {
    /// On the server's disk, with this number in its order (rows: in the order of rows).
    #[n(0)]
    Accepted(#[n(0)] u64),
    /// Kept in quarantine: a code such as `not_your_village`.
    #[n(1)]
    Refused(#[n(0)] String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn verdict() -> impl Strategy<Value = Verdict> {
        prop_oneof![
            (0u64..6).prop_map(Verdict::Accepted),
            (u64::MAX - 3..=u64::MAX).prop_map(Verdict::Accepted),
            "[ab]".prop_map(Verdict::Refused),
        ]
    }

    proptest! {
        #[test]
        fn verdicts_in_runs_are_the_verdicts(verdicts in prop::collection::vec(verdict(), 0..40)) {
            let runs = PushReply::in_runs(&verdicts);
            let bytes = crate::encode(&runs);
            let read: PushReply = crate::decode(&bytes).unwrap();
            prop_assert_eq!(read.each(verdicts.len()), Some(verdicts));
        }

        #[test]
        fn another_number_of_verdicts_than_of_things_is_no_answer(verdicts in prop::collection::vec(verdict(), 0..40), more in 1usize..3) {
            prop_assert_eq!(PushReply::in_runs(&verdicts).each(verdicts.len() + more), None);
            if verdicts.len() >= more {
                prop_assert_eq!(PushReply::in_runs(&verdicts).each(verdicts.len() - more), None);
            }
        }
    }

    #[test]
    fn two_hundred_verdicts_in_a_row_cost_a_few_bytes() {
        let verdicts: Vec<_> = (70_000..70_200).map(Verdict::Accepted).collect();
        let bytes = crate::encode(&PushReply::in_runs(&verdicts));
        assert!(bytes.len() < 20, "{}", bytes.len());
    }

    #[test]
    fn a_run_that_claims_billions_is_no_answer() {
        let run = |first, count| PushReply {
            verdicts: Vec::new(),
            runs: Some(vec![Run::Accepted(AcceptedRun { first, count })]),
        };
        assert_eq!(run(1, u32::MAX).each(3), None);
        assert_eq!(run(u64::MAX, 2).each(2), None);
    }

    #[test]
    fn an_answer_of_an_older_server_is_read_one_by_one() {
        let old = crate::encode(&PushReply {
            verdicts: vec![Verdict::Accepted(7)],
            runs: None,
        });
        assert_eq!(old, [0x81, 0x81, 0x82, 0x00, 0x81, 0x07]);
        let read: PushReply = crate::decode(&old).unwrap();
        assert_eq!(read.each(1), Some(vec![Verdict::Accepted(7)]));
    }
}
