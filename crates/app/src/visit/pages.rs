//! The pages of a visit as the questionnaire's rules make them at this moment.

use super::{OpenVisit, Whole, answers::widget, fold::timestamp};
use crate::{cards::MEMBERS, device::Device, error::AppError, views};
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use lawang_forms::Item;
use lawang_store::Store;

/// A page with the questions that apply now.
pub(crate) struct PageInfo {
    pub id: String,
    pub label: String,
    pub member: Option<InstanceId>,
    pub paths: Vec<FieldPath>,
    /// The repeat whose roster this page is.
    pub roster: Option<String>,
}

impl OpenVisit {
    /// All pages in order: groups, rosters, and the groups of each instance behind their roster.
    pub(crate) fn pages(&self, language: &str) -> Vec<PageInfo> {
        let form = self.instance.form().clone();
        let mut pages: Vec<PageInfo> = Vec::new();
        for item in &form.root().children {
            match item {
                Item::Group(group) => {
                    if self.instance.group_relevant(&group.name, None) {
                        pages.push(PageInfo {
                            id: group.name.clone(),
                            label: self.instance.group_label(&group.name, None, language),
                            member: None,
                            paths: self.visible(&group.children, None),
                            roster: None,
                        });
                    }
                }
                Item::Repeat(repeat) => {
                    if self.instance.group_relevant(&repeat.name, None) {
                        self.roster_pages(repeat, language, &mut pages);
                    }
                }
                Item::Question(question) => {
                    // Questions outside any group share a page with their neighbours.
                    let paths = self.visible(std::slice::from_ref(item), None);
                    match pages.last_mut() {
                        Some(last) if last.id.starts_with('_') => last.paths.extend(paths),
                        _ => pages.push(PageInfo {
                            id: format!("_{}", question.name),
                            label: form.title(language),
                            member: None,
                            paths,
                            roster: None,
                        }),
                    }
                }
            }
        }
        pages.retain(|page| page.roster.is_some() || !page.paths.is_empty());
        pages
    }

    fn roster_pages(
        &self,
        repeat: &lawang_forms::Repeat,
        language: &str,
        pages: &mut Vec<PageInfo>,
    ) {
        pages.push(PageInfo {
            id: repeat.name.clone(),
            label: self.instance.group_label(&repeat.name, None, language),
            member: None,
            paths: Vec::new(),
            roster: Some(repeat.name.clone()),
        });
        for id in self.instance.instances(&repeat.name) {
            let mut loose = Vec::new();
            let mut groups = Vec::new();
            for item in &repeat.children {
                match item {
                    Item::Group(group) if self.instance.group_relevant(&group.name, Some(id)) => {
                        groups.push(PageInfo {
                            id: format!("{}/{id}/{}", repeat.name, group.name),
                            label: self.instance.group_label(&group.name, Some(id), language),
                            member: Some(id),
                            paths: self.visible(&group.children, Some((&repeat.name, id))),
                            roster: None,
                        });
                    }
                    Item::Question(_) => {
                        loose.extend(
                            self.visible(std::slice::from_ref(item), Some((&repeat.name, id))),
                        );
                    }
                    _ => {}
                }
            }
            if !loose.is_empty() {
                pages.push(PageInfo {
                    id: format!("{}/{id}/_", repeat.name),
                    label: self.instance.group_label(&repeat.name, None, language),
                    member: Some(id),
                    paths: loose,
                    roster: None,
                });
            }
            pages.extend(groups.into_iter().filter(|page| !page.paths.is_empty()));
        }
    }

    /// Paths of the questions in these items that are on the screen now; groups are looked into.
    fn visible(&self, items: &[Item], place: Option<(&str, InstanceId)>) -> Vec<FieldPath> {
        let mut out = Vec::new();
        for item in items {
            match item {
                Item::Group(group) => {
                    if self
                        .instance
                        .group_relevant(&group.name, place.map(|(_, id)| id))
                    {
                        out.extend(self.visible(&group.children, place));
                    }
                }
                Item::Repeat(repeat) => {
                    for id in self.instance.instances(&repeat.name) {
                        let inside = place
                            .is_none_or(|(_, outer)| self.instance.parent_of(id) == Some(outer));
                        if inside {
                            out.extend(self.visible(&repeat.children, Some((&repeat.name, id))));
                        }
                    }
                }
                Item::Question(question) => {
                    let path = match place {
                        None => FieldPath::household(question.name.as_str()),
                        Some((repeat, id)) => FieldPath::of(repeat, id, question.name.as_str()),
                    };
                    if question.kind.is_shown()
                        && self.instance.node(&path).is_some_and(|n| n.relevant)
                    {
                        out.push(path);
                    }
                }
            }
        }
        out
    }

    /// The questions of a page that apply now.
    pub(crate) fn page_questions(&self, page: &str, language: &str) -> Vec<FieldPath> {
        self.pages(language)
            .into_iter()
            .find(|p| p.id == page)
            .map(|p| p.paths)
            .unwrap_or_default()
    }

    fn summary(&self, page: &PageInfo) -> views::PageSummary {
        let mut summary = views::PageSummary {
            id: page.id.clone(),
            label: page.label.clone(),
            member: page.member.map(|id| id.to_string()),
            questions: 0,
            answered: 0,
            missing: 0,
            invalid: 0,
            warnings: 0,
            visited: self.draft.visited.contains(&page.id),
        };
        for path in &page.paths {
            let (Some(node), Some(question)) = (
                self.instance.node(path),
                self.instance.form().question(path),
            ) else {
                continue;
            };
            if question
                .appearance
                .split_whitespace()
                .any(|w| w == "warning")
            {
                summary.warnings += 1;
            }
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

    fn item(
        &self,
        path: &FieldPath,
        today: chrono::NaiveDate,
        language: &str,
    ) -> Option<views::Item> {
        let node = self.instance.node(path)?;
        let question = self.instance.form().question(path)?;
        let old = self.register.text(path);
        let changed = !old.is_empty() && !node.value.is_empty() && old != node.value;
        let error = if node.value.is_empty() || node.valid {
            String::new()
        } else {
            self.instance
                .findings(language)
                .into_iter()
                .find(|f| f.path == *path)
                .map(|f| f.message)
                .unwrap_or_else(|| self.instance.constraint_message(path, language))
        };
        Some(views::Item {
            path: path.to_string(),
            widget: widget(question, path),
            appearance: question.appearance.clone(),
            label: self.instance.label(path, language),
            hint: self.instance.hint(path, language),
            required: node.required,
            readonly: node.readonly,
            display: if node.value.is_empty() {
                String::new()
            } else {
                self.unmasked(path, &node.value, language)
            },
            previous: self.shown(path, old, language),
            previous_value: old.to_owned(),
            changed,
            error,
            reading: self.reading(path, &node.value, today, language),
            choices: self
                .instance
                .choices(path, language)
                .into_iter()
                .map(|c| views::ChoiceItem {
                    value: c.value,
                    label: c.label,
                })
                .collect(),
            conflict: self.conflicts.contains(path),
            value: node.value,
        })
    }

    /// The value in words, on the page where the person is typing it.
    fn unmasked(&self, path: &FieldPath, value: &str, language: &str) -> String {
        if super::readings::is_id_number(path) {
            value.to_owned()
        } else {
            self.shown(path, value, language)
        }
    }

    fn roster(
        &self,
        repeat: &str,
        pages: &[PageInfo],
        today: chrono::NaiveDate,
        language: &str,
    ) -> Vec<views::RosterMember> {
        let mut ids: Vec<InstanceId> = self.instance.instances(repeat);
        ids.extend(self.removed.iter().copied());
        ids.into_iter()
            .map(|id| {
                let removed = self.removed.contains(&id);
                let text = |key: &str| {
                    let path = FieldPath::of(repeat, id, key);
                    let value = match self.instance.node(&path) {
                        Some(node) => node.value,
                        None => self.state.text(&path).to_owned(),
                    };
                    (path, value)
                };
                let words = |key: &str| {
                    let (path, value) = text(key);
                    if value.is_empty() {
                        value
                    } else {
                        self.shown(&path, &value, language)
                    }
                };
                let mut parts = vec![words("relation_to_head"), words("sex").to_lowercase()];
                if let Some(age) = text("birth_date")
                    .1
                    .parse()
                    .ok()
                    .and_then(|b| super::readings::age(b, today))
                {
                    parts.push(if language == "en" {
                        format!("{age} years")
                    } else {
                        format!("{age} tahun")
                    });
                }
                parts.retain(|p| !p.is_empty());
                let presence = text("presence_status").1;
                let mine: Vec<_> = pages.iter().filter(|p| p.member == Some(id)).collect();
                let count = |pick: fn(&views::PageSummary) -> u32| {
                    mine.iter().map(|p| pick(&self.summary(p))).sum()
                };
                views::RosterMember {
                    id: id.to_string(),
                    name: text("name").1,
                    summary: parts.join(" · "),
                    presence: if matches!(presence.as_str(), "" | "1" | "5") {
                        String::new()
                    } else {
                        words("presence_status")
                    },
                    removed,
                    added: self.added.contains(&id),
                    missing: count(|s| s.missing),
                    invalid: count(|s| s.invalid),
                    first_page: mine.first().map(|p| p.id.clone()),
                }
            })
            .collect()
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
            .or_else(|| {
                // The group that it stood in: the member's first page, or the roster.
                let before = wanted.rsplit_once('/').map(|(before, _)| before)?;
                pages
                    .iter()
                    .position(|p| p.id.starts_with(before) || before.starts_with(&p.id))
            })
            .unwrap_or(0);
        let summaries: Vec<_> = pages.iter().map(|p| self.summary(p)).collect();
        let page = match pages.get(index) {
            Some(info) => views::Page {
                id: info.id.clone(),
                label: info.label.clone(),
                hint: String::new(),
                items: info
                    .paths
                    .iter()
                    .filter_map(|path| self.item(path, today, language))
                    .collect(),
                roster: info
                    .roster
                    .as_ref()
                    .map(|repeat| self.roster(repeat, &pages, today, language)),
                next: pages.get(index + 1).map(|p| p.id.clone()),
                previous: index
                    .checked_sub(1)
                    .and_then(|i| pages.get(i))
                    .map(|p| p.id.clone()),
                can_take_over: u32::try_from(
                    info.paths
                        .iter()
                        .filter(|p| self.can_take_over(p).is_some())
                        .count(),
                )
                .unwrap_or(0),
            },
            None => views::Page {
                id: String::new(),
                label: String::new(),
                hint: String::new(),
                items: Vec::new(),
                roster: None,
                next: None,
                previous: None,
                can_take_over: 0,
            },
        };
        views::VisitView {
            household: self.draft.household.to_string(),
            title: Device::title(&self.state),
            form_title: self.instance.form().title(language),
            form_version: self.instance.form().version().to_owned(),
            started_at: timestamp(self.draft.started),
            pages: summaries,
            page,
            unsent_answers: self.pending,
            added_member: None,
        }
    }
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
        let open = self.open_visit(household, Whole::Visit)?;
        let wanted = page.map_or_else(|| open.draft.page.clone(), str::to_owned);
        let before = (open.draft.page.clone(), open.draft.visited.len());
        let page = open.view(&wanted, today, &language).page.id;
        open.draft.page.clone_from(&page);
        if !open.draft.visited.contains(&page) {
            open.draft.visited.push(page);
        }
        let draft = ((open.draft.page.clone(), open.draft.visited.len()) != before)
            .then(|| open.draft.clone());
        let view = open.view(&wanted, today, &language);
        if let Some(draft) = draft {
            self.store.transact(|tx| Store::put_draft(tx, &draft))?;
        }
        Ok(view)
    }

    /// The visit at a page, with the member that was just added.
    pub fn visit_view_added(
        &mut self,
        household: HouseholdId,
        member: InstanceId,
    ) -> Result<views::VisitView, AppError> {
        let language = self.language.clone();
        let open = self.open_visit(household, Whole::Visit)?;
        let page = open
            .pages(&language)
            .into_iter()
            .find(|p| p.member == Some(member))
            .map_or_else(|| MEMBERS.to_owned(), |p| p.id);
        let mut view = self.visit_view(household, Some(&page))?;
        view.added_member = Some(member.to_string());
        Ok(view)
    }
}
