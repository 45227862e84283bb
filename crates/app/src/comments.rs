//! What verifiers and visitors say to each other about a record: threads that stay with it.

use crate::{
    authority::needed,
    device::Device,
    error::AppError,
    views,
    visit::{Whole, label_with_member, timestamp},
};
use lawang_domain::{
    DocumentKind, Event, FieldPath, HouseholdId, InstanceId, RecordState, mask_long_numbers,
};
use lawang_forms::Instance;
use lawang_records::{Review, State, review};
use std::collections::BTreeSet;

fn said<'a>(verification: &'a State, id: InstanceId, key: &str) -> &'a str {
    verification.text(&FieldPath::of(Event::COMMENTS, id, key))
}

/// Comments that came with a return and that nobody has answered, in order.
pub(crate) fn open(verification: &State, returned: InstanceId) -> Vec<InstanceId> {
    let answered: BTreeSet<&str> = verification
        .of(Event::COMMENTS)
        .iter()
        .map(|id| said(verification, *id, "answers"))
        .collect();
    let decision = returned.to_string();
    verification
        .of(Event::COMMENTS)
        .iter()
        .copied()
        .filter(|id| said(verification, *id, "decision") == decision)
        .filter(|id| !answered.contains(id.to_string().as_str()))
        .collect()
}

/// The return that counts.
pub(crate) fn returned(found: &Review) -> Option<InstanceId> {
    let decision = found.decision.as_ref();
    decision
        .filter(|d| d.state == RecordState::Returned)
        .map(|d| d.id)
}

impl Device {
    /// Answers a comment.
    ///
    /// # Errors
    /// The policy's reason; `reason_needed` when nothing is said; `not_found` when there is no such comment.
    pub fn answer_comment(
        &mut self,
        household: HouseholdId,
        comment: InstanceId,
        text: &str,
    ) -> Result<(), AppError> {
        let text = needed(text)?;
        let verification = self
            .store
            .document(household, DocumentKind::Verification)?
            .state()?;
        if !verification.of(Event::COMMENTS).contains(&comment) {
            return Err(AppError::new("not_found", "no such comment"));
        }
        let path = said(&verification, comment, "path").to_owned();
        let answers = comment.to_string();
        let id = self.new_id();
        let fields = [
            ("path", path.as_str()),
            ("text", text),
            ("answers", answers.as_str()),
        ];
        let events = [(id, Event::COMMENTS, &fields[..])];
        self.write_events(household, DocumentKind::Verification, &events, |_| Ok(()))
    }

    /// Puts what was said beside the questions of a page, and counts for each page what waits for an answer. Reads no
    /// document where nobody has decided or said anything.
    pub(crate) fn add_comments(
        &mut self,
        household: HouseholdId,
        view: &mut views::VisitView,
    ) -> Result<(), AppError> {
        if self.store.review(household)?.is_none() {
            return Ok(());
        }
        let verification = self.store.document(household, DocumentKind::Verification)?;
        let said = verification.state()?;
        if said.of(Event::COMMENTS).is_empty() {
            return Ok(());
        }
        let answers = self.store.record(household)?.state()?;
        let returned = returned(&review(&answers, Some(&verification))?);
        let (_, village) = self.store.row(household)?;
        let reader = self.reader(&village, &answers);
        let mut waiting = Vec::new();
        for entry in self.thread(&reader, &said, returned)? {
            if entry.open {
                waiting.push(entry.path.clone());
            }
            let item = view
                .page
                .items
                .iter_mut()
                .find(|item| item.path == entry.path);
            if let Some(item) = item {
                item.comments.push(entry);
            }
        }
        if waiting.is_empty() {
            return Ok(());
        }
        let language = self.language.clone();
        let pages = self.open_visit(household, Whole::Visit)?.pages(&language);
        for summary in &mut view.pages {
            let paths: BTreeSet<String> = pages
                .iter()
                .filter(|page| page.id == summary.id)
                .flat_map(|page| page.paths().map(ToString::to_string))
                .collect();
            let count = waiting.iter().filter(|path| paths.contains(*path)).count();
            summary.comments = u32::try_from(count).unwrap_or(u32::MAX);
        }
        Ok(())
    }

    /// What a verifier said with the return that counts; `None` when the record is not sent back.
    pub(crate) fn returned_view(
        &self,
        household: HouseholdId,
    ) -> Result<Option<views::ReturnedView>, AppError> {
        let review = self.store.review(household)?;
        let visit = self.store.desk_card(household)?.and_then(|desk| desk.visit);
        Ok(review
            .filter(|r| r.decision == Some(RecordState::Returned) && r.visit == visit)
            .map(|r| views::ReturnedView {
                reason: r.reason,
                author: r.person,
                at: timestamp(r.at.saturating_mul(1000)),
                open: r.questions,
            }))
    }

    /// Everything that was said about a record, the oldest first.
    pub(crate) fn thread(
        &self,
        reader: &Instance,
        verification: &State,
        returned: Option<InstanceId>,
    ) -> Result<Vec<views::ThreadEntry>, AppError> {
        let waiting: Vec<InstanceId> = returned.map_or(Vec::new(), |id| open(verification, id));
        let language = self.language.as_str();
        let mut all = Vec::new();
        for id in verification.of(Event::COMMENTS) {
            let text = FieldPath::of(Event::COMMENTS, *id, "text");
            let change = verification
                .fields
                .get(&text)
                .and_then(|values| values.first())
                .map(|value| value.change);
            let by = match change {
                Some(hash) => self.store.change(&hash)?,
                None => None,
            };
            let path = said(verification, *id, "path");
            let at: i64 = verification
                .text(&FieldPath::of(Event::COMMENTS, *id, "_order"))
                .parse()
                .unwrap_or(0);
            let label = match path.parse::<FieldPath>() {
                Ok(path) => label_with_member(reader, &path, language),
                Err(_) => String::new(),
            };
            all.push(views::ThreadEntry {
                id: id.to_string(),
                path: path.to_owned(),
                label,
                text: mask_long_numbers(verification.text(&text)),
                mine: by.as_ref().is_some_and(|by| by.device == self.id()),
                author: by.map_or(String::new(), |by| by.person),
                at: timestamp(at),
                answers: said(verification, *id, "answers").to_owned(),
                open: waiting.contains(id),
            });
        }
        Ok(all)
    }
}
