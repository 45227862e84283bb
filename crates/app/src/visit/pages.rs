//! The pages of a visit as the questionnaire's rules make them at this moment.

use super::{
    OpenVisit, Whole,
    fold::timestamp,
    tree::{PageInfo, Place, find_repeat, has_word},
};
use crate::{device::Device, error::AppError, views};
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use lawang_forms::Item;
use lawang_store::Store;
use std::collections::HashMap;

/// Longest label that stands in the list of pages for a page without one.
const SHORT_LABEL: usize = 60;

/// What is missing and wrong in the pages of an instance.
#[derive(Default)]
struct Tally {
    missing: u32,
    invalid: u32,
    first_page: Option<String>,
}

impl OpenVisit {
    fn summary(&self, page: &PageInfo, language: &str) -> views::PageSummary {
        let mut summary = views::PageSummary {
            id: page.id.clone(),
            label: self.jump_label(page, language),
            member: page
                .member()
                .filter(|_| self.has_members())
                .map(|id| id.to_string()),
            instance: self.instance_of_page(page, language),
            depth: u32::try_from(page.around.len()).unwrap_or(0),
            is_roster: page.roster.is_some(),
            questions: 0,
            answered: 0,
            missing: 0,
            invalid: 0,
            warnings: 0,
            visited: self.draft.visited.contains(&page.id),
            comments: 0,
        };
        for path in page.paths() {
            let (Some(node), Some(question)) = (self.instance.node(path), self.form.question(path))
            else {
                continue;
            };
            summary.warnings += u32::from(has_word(&question.appearance, "warning"));
            if !question.kind.is_answered() || question.calculated {
                continue;
            }
            summary.questions += 1;
            summary.answered += u32::from(!node.value.is_empty());
            summary.missing += u32::from(node.required && node.value.is_empty());
            summary.invalid += u32::from(!node.valid && !node.value.is_empty());
        }
        summary
    }

    /// The page's heading: its group's label, else the instance that it belongs to, else the title.
    fn heading(&self, page: &PageInfo, language: &str) -> String {
        if !page.label.is_empty() {
            return page.label.clone();
        }
        if let Some(place) = &page.roster {
            return self.repeat_label(place, language);
        }
        match page.around.last() {
            Some((repeat, id)) => {
                let place = self.place_of(repeat, *id);
                self.repeat_label(&place, language)
            }
            None => self.form.title(self.form_language(language)),
        }
    }

    /// In the list of pages, a page without a label goes by its first question.
    pub(crate) fn jump_label(&self, page: &PageInfo, language: &str) -> String {
        if !page.label.is_empty() || page.roster.is_some() {
            return self.heading(page, language);
        }
        let label = page
            .paths()
            .map(|path| self.instance.label(path, self.form_language(language)))
            .find(|label| !label.trim().is_empty());
        let Some(label) = label else {
            return self.heading(page, language);
        };
        let line = label.lines().next().unwrap_or_default().trim();
        match line.char_indices().nth(SHORT_LABEL) {
            Some((end, _)) => format!("{}…", line[..end].trim_end()),
            None => line.to_owned(),
        }
    }

    pub(crate) fn place_of(&self, repeat: &str, id: InstanceId) -> Place {
        Place {
            repeat: repeat.to_owned(),
            parent: self.instance.parent_of(id),
            appearance: String::new(),
            counted: false,
        }
    }

    /// The innermost instance around a page, in words; members have their name and no other words.
    fn instance_of_page(&self, page: &PageInfo, language: &str) -> String {
        match page.around.last() {
            Some((repeat, id)) if !self.is_members(repeat) => {
                self.instance_words(repeat, *id, page.number, language)
            }
            _ => String::new(),
        }
    }

    /// `Anak 2: Budi`.
    fn instance_words(
        &self,
        repeat: &str,
        id: InstanceId,
        number: usize,
        language: &str,
    ) -> String {
        let label = self.repeat_label(&self.place_of(repeat, id), language);
        let name = self.instance_name(repeat, id, language);
        if name.is_empty() {
            format!("{label} {number}")
        } else {
            format!("{label} {number}: {name}")
        }
    }

    /// What the first answered question of an instance says.
    pub(crate) fn instance_name(&self, repeat: &str, id: InstanceId, language: &str) -> String {
        let form = self.form.clone();
        find_repeat(&form.root().children, repeat)
            .and_then(|found| self.first_answer(&found.children, repeat, id, language))
            .unwrap_or_default()
    }

    fn first_answer(
        &self,
        items: &[Item],
        repeat: &str,
        id: InstanceId,
        language: &str,
    ) -> Option<String> {
        items.iter().find_map(|item| match item {
            Item::Group(group) => self.first_answer(&group.children, repeat, id, language),
            Item::Repeat(_) => None,
            Item::Question(question) => {
                let path = FieldPath::of(repeat, id, question.name.as_str());
                let node = self.instance.node(&path)?;
                let says = question.kind.is_answered()
                    && question.kind.is_shown()
                    && node.relevant
                    && !node.value.is_empty()
                    && !node.value.starts_with("sha256:");
                says.then(|| self.shown(&path, &node.value, language))
            }
        })
    }

    /// What an instance that is struck out was called: its first answer in the record.
    fn removed_name(&self, repeat: &str, id: InstanceId, language: &str) -> String {
        let form = self.form.clone();
        let questions = find_repeat(&form.root().children, repeat)
            .map(|found| names(&found.children))
            .unwrap_or_default();
        questions
            .into_iter()
            .map(|name| FieldPath::of(repeat, id, name))
            .find_map(|path| {
                let value = self.state.text(&path);
                (!value.is_empty()).then(|| self.shown(&path, value, language))
            })
            .unwrap_or_default()
    }

    fn roster(
        &self,
        place: &Place,
        pages: &[PageInfo],
        summaries: &[views::PageSummary],
        today: chrono::NaiveDate,
        language: &str,
    ) -> Vec<views::RosterMember> {
        let mut tallies: HashMap<InstanceId, Tally> = HashMap::new();
        for (page, summary) in pages.iter().zip(summaries) {
            for (_, id) in &page.around {
                let tally = tallies.entry(*id).or_default();
                tally.missing += summary.missing;
                tally.invalid += summary.invalid;
                tally.first_page.get_or_insert_with(|| page.id.clone());
            }
        }
        let mut ids = self.instances_at(&place.repeat, place.parent);
        ids.extend(self.removed_at(&place.repeat, place.parent));
        let members = self.is_members(&place.repeat);
        ids.into_iter()
            .enumerate()
            .map(|(index, id)| {
                let tally = tallies.remove(&id).unwrap_or_default();
                let mut row = views::RosterMember {
                    id: id.to_string(),
                    name: String::new(),
                    number: u32::try_from(index + 1).unwrap_or(u32::MAX),
                    can_remove: self.can_remove(place),
                    needs_reason: self.needs_reason(&place.repeat, id),
                    summary: String::new(),
                    presence: String::new(),
                    removed: self.removed.contains(&id),
                    added: self.added.contains(&id),
                    missing: tally.missing,
                    invalid: tally.invalid,
                    first_page: tally.first_page,
                };
                if members {
                    self.describe_member(&mut row, id, today, language);
                } else if row.removed {
                    row.name = self.removed_name(&place.repeat, id, language);
                } else {
                    row.name = self.instance_name(&place.repeat, id, language);
                }
                row
            })
            .collect()
    }

    fn repeat_place(&self, place: &Place, after: String, language: &str) -> views::RepeatPlace {
        views::RepeatPlace {
            repeat: place.repeat.clone(),
            parent: place.parent.map(|id| id.to_string()),
            label: self.repeat_label(place, language),
            appearance: place.appearance.clone(),
            members: self.is_members(&place.repeat),
            can_add: !place.counted,
            count: u32::try_from(self.instances_at(&place.repeat, place.parent).len())
                .unwrap_or(u32::MAX),
            after,
        }
    }

    /// The visit at a page; a page that does not apply (any more) gives the nearest one before it.
    pub(crate) fn view(
        &self,
        wanted: &str,
        today: chrono::NaiveDate,
        language: &str,
    ) -> views::VisitView {
        let pages = self.pages(language);
        let index = pages
            .iter()
            .position(|p| p.id == wanted)
            .or_else(|| nearest(&pages, wanted))
            .unwrap_or(0);
        let summaries: Vec<_> = pages.iter().map(|p| self.summary(p, language)).collect();
        let page = match pages.get(index) {
            Some(info) => views::Page {
                id: info.id.clone(),
                label: self.heading(info, language),
                hint: String::new(),
                appearance: info.appearance.clone(),
                instance: self.instance_of_page(info, language),
                items: self.items(info, today, language),
                roster: info
                    .roster
                    .as_ref()
                    .map(|place| self.roster(place, &pages, &summaries, today, language)),
                repeat: info
                    .roster
                    .as_ref()
                    .map(|place| self.repeat_place(place, String::new(), language)),
                inline: info
                    .inline
                    .iter()
                    .map(|(place, end)| {
                        let after = end.checked_sub(1).and_then(|at| info.questions.get(at));
                        let after = after.map_or(String::new(), |q| q.path.to_string());
                        self.repeat_place(place, after, language)
                    })
                    .collect(),
                next: pages.get(index + 1).map(|p| p.id.clone()),
                previous: index
                    .checked_sub(1)
                    .and_then(|i| pages.get(i))
                    .map(|p| p.id.clone()),
                can_take_over: u32::try_from(
                    info.paths()
                        .filter(|p| self.can_take_over(p).is_some())
                        .count(),
                )
                .unwrap_or(0),
            },
            None => views::Page {
                id: String::new(),
                label: self.form.title(self.form_language(language)),
                hint: String::new(),
                appearance: String::new(),
                instance: String::new(),
                items: Vec::new(),
                roster: None,
                repeat: None,
                inline: Vec::new(),
                next: None,
                previous: None,
                can_take_over: 0,
            },
        };
        views::VisitView {
            household: self.draft.household.to_string(),
            title: self.title(self.form_language(language)),
            survey: self.is_survey(),
            carry_over: self.carry_over(language),
            form_title: self.form.title(self.form_language(language)),
            form_version: self.form.version().to_owned(),
            started_at: timestamp(self.draft.started),
            pages: summaries,
            page,
            unsent_answers: self.pending,
            added_member: None,
            background: views::Background::default(),
        }
    }
}

/// The page that is nearest to one that is not there: of the same instance, else the roster of its repeat.
fn nearest(pages: &[PageInfo], wanted: &str) -> Option<usize> {
    let (instance, _) = wanted.rsplit_once('/')?;
    let inside = format!("{instance}/");
    let roster = instance
        .split_once('/')
        .map_or(instance, |(repeat, _)| repeat);
    pages
        .iter()
        .position(|p| p.id.starts_with(&inside))
        .or_else(|| {
            pages
                .iter()
                .position(|p| p.roster.as_ref().is_some_and(|r| r.repeat == roster))
        })
}

/// Names of the questions that people answer, groups looked into.
fn names(items: &[Item]) -> Vec<&str> {
    items
        .iter()
        .flat_map(|item| match item {
            Item::Group(group) => names(&group.children),
            Item::Repeat(_) => Vec::new(),
            Item::Question(q) if q.kind.is_answered() && q.kind.is_shown() => vec![q.name.as_str()],
            Item::Question(_) => Vec::new(),
        })
        .collect()
}

impl Device {
    /// The visit at a page. Remembers the page, so that reopening lands on it.
    pub fn visit_view(
        &mut self,
        household: HouseholdId,
        page: Option<&str>,
    ) -> Result<views::VisitView, AppError> {
        let today = self.today();
        let language = self.language.clone();
        self.begin_audit(household)?;
        let open = self.open_visit(household, Whole::Visit)?;
        let wanted = page.map_or_else(|| open.draft.page.clone(), str::to_owned);
        let before = (open.draft.page.clone(), open.draft.visited.len());
        let mut view = open.view(&wanted, today, &language);
        let page = view.page.id.clone();
        open.draft.page.clone_from(&page);
        if !open.draft.visited.contains(&page) {
            open.draft.visited.push(page.clone());
        }
        for summary in view.pages.iter_mut().filter(|p| p.id == page) {
            summary.visited = true;
        }
        let draft = ((open.draft.page.clone(), open.draft.visited.len()) != before)
            .then(|| open.draft.clone());
        if let Some(draft) = draft {
            self.store.transact(|tx| Store::put_draft(tx, &draft))?;
        }
        self.log_page(household, &page)?;
        view.background = self.background(household)?;
        self.add_comments(household, &mut view)?;
        Ok(view)
    }

    /// The visit at the first page of an instance that was just added; one without a page of its own
    /// stands within `page`.
    pub fn visit_view_added(
        &mut self,
        household: HouseholdId,
        instance: InstanceId,
        page: &str,
    ) -> Result<views::VisitView, AppError> {
        let language = self.language.clone();
        let open = self.open_visit(household, Whole::Visit)?;
        let page = open
            .pages(&language)
            .into_iter()
            .find(|p| p.around.iter().any(|(_, id)| *id == instance))
            .map_or_else(|| page.to_owned(), |p| p.id);
        let mut view = self.visit_view(household, Some(&page))?;
        view.added_member = Some(instance.to_string());
        Ok(view)
    }
}
