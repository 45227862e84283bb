//! From the questionnaire's tree to pages: which there are now, in order, and what stands on each.

use super::OpenVisit;
use crate::cards::MEMBERS;
use lawang_domain::{FieldPath, InstanceId};
use lawang_forms::{Group, Item, Question, Repeat};
use std::rc::Rc;

/// A page with the questions that apply now.
pub(crate) struct PageInfo {
    pub id: String,
    /// May be empty: the questionnaire's group has no label.
    pub label: String,
    pub appearance: String,
    /// Instances of repeats around the page, the outermost first.
    pub around: Vec<(String, InstanceId)>,
    /// Position of the innermost of them in its repeat, from 1.
    pub number: usize,
    pub questions: Vec<Placed>,
    /// The repeat whose instances are listed here.
    pub roster: Option<Place>,
    /// Repeats that stand within the page, each with the number of questions in front of its end.
    pub inline: Vec<(Place, usize)>,
}

/// A repeat in the form, or in one instance of the repeat around it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub repeat: String,
    pub parent: Option<InstanceId>,
    pub appearance: String,
    pub counted: bool,
}

/// A question on a page.
pub(crate) struct Placed {
    pub path: FieldPath,
    /// The innermost group within the page.
    pub group: Option<Rc<GroupLink>>,
    /// The instance within the page.
    pub inside: Option<Rc<Inside>>,
}

/// A group within a page, with those around it.
pub(crate) struct GroupLink {
    pub name: String,
    pub appearance: String,
    pub instance: Option<(String, InstanceId)>,
    pub outer: Option<Rc<GroupLink>>,
}

/// An instance of a repeat within a page.
pub(crate) struct Inside {
    pub place: Place,
    pub id: InstanceId,
    /// From 1.
    pub number: usize,
}

/// A group's content, cut where a repeat with pages of its own stands in it.
#[derive(Default)]
struct Parts<'f> {
    /// Questions and repeats within the page, and the repeat that follows them.
    done: Vec<(Questions, &'f Repeat)>,
    last: Questions,
}

#[derive(Default)]
struct Questions {
    placed: Vec<Placed>,
    inline: Vec<(Place, usize)>,
}

/// Whether an appearance has a word.
pub(crate) fn has_word(appearance: &str, word: &str) -> bool {
    appearance.split_whitespace().any(|w| w == word)
}

impl PageInfo {
    /// Paths of the questions in order.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &FieldPath> {
        self.questions.iter().map(|q| &q.path)
    }

    /// The member of the household that the page belongs to.
    pub(crate) fn member(&self) -> Option<InstanceId> {
        self.around
            .iter()
            .find(|(repeat, _)| repeat == MEMBERS)
            .map(|(_, id)| *id)
    }
}

impl OpenVisit {
    /// Whether the form is the household visit: only there the repeat `members` is the household's
    /// roster, with presence, cards and commands of its own.
    pub(crate) fn has_members(&self) -> bool {
        self.form.id() == crate::forms::HOUSEHOLD_VISIT_ID
    }

    /// All pages in order: groups, runs of questions outside any group, repeats, and behind each repeat the
    /// pages of its instances.
    pub(crate) fn pages(&self, language: &str) -> Vec<PageInfo> {
        let form = self.form.clone();
        let mut pages = Vec::new();
        self.level(
            &form.root().children,
            &[],
            self.form_language(language),
            &mut pages,
        );
        pages.retain(|page: &PageInfo| {
            let hidden = page
                .around
                .iter()
                .any(|(_, id)| self.restricted.contains(id));
            !hidden
                && (page.roster.is_some() || !page.questions.is_empty() || !page.inline.is_empty())
        });
        pages
    }

    /// Whether something is about a person whose data are restricted on request.
    pub(crate) fn hides(&self, path: &FieldPath) -> bool {
        let mut around = path.instance_id();
        while let Some(id) = around {
            if self.restricted.contains(&id) {
                return true;
            }
            around = self.places.get(&id).and_then(|(_, parent)| *parent);
        }
        false
    }

    /// What stands directly in the form, or in an instance of a repeat.
    fn level(
        &self,
        items: &[Item],
        around: &[(String, InstanceId)],
        language: &str,
        pages: &mut Vec<PageInfo>,
    ) {
        let prefix = prefix(around);
        let id = around.last().map(|(_, id)| *id);
        let mut run: Option<PageInfo> = None;
        for item in items {
            match item {
                Item::Question(question) => {
                    if !question.kind.is_shown() {
                        continue;
                    }
                    // Its name does not depend on what applies now, so that an answer never moves the page.
                    let page = run.get_or_insert_with(|| PageInfo {
                        id: format!("{prefix}_{}", question.name),
                        label: String::new(),
                        appearance: String::new(),
                        around: around.to_vec(),
                        number: 0,
                        questions: Vec::new(),
                        roster: None,
                        inline: Vec::new(),
                    });
                    page.questions
                        .extend(self.placed(question, around.last(), None, None));
                }
                Item::Group(group) => {
                    pages.extend(run.take());
                    if self.instance.group_relevant(&group.name, id) {
                        self.group_pages(group, around, language, pages);
                    }
                }
                Item::Repeat(repeat) => {
                    pages.extend(run.take());
                    self.repeat_pages(repeat, around, language, pages);
                }
            }
        }
        pages.extend(run);
    }

    /// A group is one page, cut where a repeat with pages of its own stands in it.
    fn group_pages(
        &self,
        group: &Group,
        around: &[(String, InstanceId)],
        language: &str,
        pages: &mut Vec<PageInfo>,
    ) {
        let id = around.last().map(|(_, id)| *id);
        let inline = is_one_screen(&group.appearance);
        let mut parts = Parts::default();
        self.fill(
            &group.children,
            around.last(),
            None,
            None,
            inline,
            &mut parts,
        );
        let label = self.instance.group_label(&group.name, id, language);
        let first = format!("{}{}", prefix(around), group.name);
        let page = |id: String, questions: Questions| PageInfo {
            id,
            label: label.clone(),
            appearance: group.appearance.clone(),
            around: around.to_vec(),
            number: 0,
            questions: questions.placed,
            roster: None,
            inline: questions.inline,
        };
        let mut page_id = first.clone();
        for (questions, repeat) in parts.done {
            pages.push(page(page_id, questions));
            self.repeat_pages(repeat, around, language, pages);
            page_id = format!("{first}~{}", repeat.name);
        }
        pages.push(page(page_id, parts.last));
    }

    fn repeat_pages(
        &self,
        repeat: &Repeat,
        around: &[(String, InstanceId)],
        language: &str,
        pages: &mut Vec<PageInfo>,
    ) {
        let parent = around.last().map(|(_, id)| *id);
        if !self.instance.group_relevant(&repeat.name, parent) {
            return;
        }
        pages.push(PageInfo {
            id: format!("{}{}", prefix(around), repeat.name),
            label: self.instance.group_label(&repeat.name, parent, language),
            appearance: repeat.appearance.clone(),
            around: around.to_vec(),
            number: 0,
            questions: Vec::new(),
            roster: Some(Place {
                repeat: repeat.name.clone(),
                parent,
                appearance: repeat.appearance.clone(),
                counted: repeat.counted,
            }),
            inline: Vec::new(),
        });
        for (index, id) in self
            .instances_at(&repeat.name, parent)
            .into_iter()
            .enumerate()
        {
            let mut around = around.to_vec();
            around.push((repeat.name.clone(), id));
            let first = pages.len();
            self.level(&repeat.children, &around, language, pages);
            for page in &mut pages[first..] {
                if page.around.len() == around.len() {
                    page.number = index + 1;
                }
            }
        }
    }

    /// Instances of a repeat at one place that are asked about now.
    pub(crate) fn instances_at(&self, repeat: &str, parent: Option<InstanceId>) -> Vec<InstanceId> {
        let mut all = match parent {
            None => self.instance.instances(repeat),
            Some(parent) => self.instance.instances_in(repeat, parent),
        };
        all.retain(|id| self.instance.group_relevant(repeat, Some(*id)));
        all
    }

    fn fill<'f>(
        &self,
        items: &'f [Item],
        at: Option<&(String, InstanceId)>,
        group: Option<&Rc<GroupLink>>,
        inside: Option<&Rc<Inside>>,
        inline: bool,
        parts: &mut Parts<'f>,
    ) {
        let id = at.map(|(_, id)| *id);
        for item in items {
            match item {
                Item::Question(question) => {
                    if let Some(placed) = self.placed(question, at, group, inside) {
                        parts.last.placed.push(placed);
                    }
                }
                Item::Group(inner) => {
                    if !self.instance.group_relevant(&inner.name, id) {
                        continue;
                    }
                    let link = Rc::new(GroupLink {
                        name: inner.name.clone(),
                        appearance: inner.appearance.clone(),
                        instance: at.cloned(),
                        outer: group.cloned(),
                    });
                    let inline = inline || is_one_screen(&inner.appearance);
                    self.fill(&inner.children, at, Some(&link), inside, inline, parts);
                }
                Item::Repeat(repeat) if inline => {
                    if !self.instance.group_relevant(&repeat.name, id) {
                        continue;
                    }
                    let place = Place {
                        repeat: repeat.name.clone(),
                        parent: id,
                        appearance: repeat.appearance.clone(),
                        counted: repeat.counted,
                    };
                    let all = self.instances_at(&repeat.name, id);
                    for (index, id) in all.into_iter().enumerate() {
                        let inside = Rc::new(Inside {
                            place: place.clone(),
                            id,
                            number: index + 1,
                        });
                        let at = (repeat.name.clone(), id);
                        self.fill(
                            &repeat.children,
                            Some(&at),
                            group,
                            Some(&inside),
                            true,
                            parts,
                        );
                    }
                    let end = parts.last.placed.len();
                    parts.last.inline.push((place, end));
                }
                Item::Repeat(repeat) => {
                    parts.done.push((std::mem::take(&mut parts.last), repeat));
                }
            }
        }
    }

    /// The question, if it is on the screen now.
    fn placed(
        &self,
        question: &Question,
        at: Option<&(String, InstanceId)>,
        group: Option<&Rc<GroupLink>>,
        inside: Option<&Rc<Inside>>,
    ) -> Option<Placed> {
        if !question.kind.is_shown() {
            return None;
        }
        let path = match at {
            None => FieldPath::household(question.name.as_str()),
            Some((repeat, id)) => FieldPath::of(repeat.as_str(), *id, question.name.as_str()),
        };
        self.instance
            .node(&path)
            .is_some_and(|node| node.relevant)
            .then(|| Placed {
                path,
                group: group.cloned(),
                inside: inside.cloned(),
            })
    }

    /// All questions that belong to a page, those too that are computed, hidden or do not apply now. Of a
    /// page of questions outside any group: all of them in the same place.
    pub(crate) fn page_all(&self, page: &str, language: &str) -> Vec<FieldPath> {
        let Some(info) = self.pages(language).into_iter().find(|p| p.id == page) else {
            return Vec::new();
        };
        let form = self.form.clone();
        let items = match info.around.last() {
            None => Some(form.root().children.as_slice()),
            Some((repeat, _)) => {
                find_repeat(&form.root().children, repeat).map(|r| r.children.as_slice())
            }
        };
        let own = page.rsplit('/').next().unwrap_or_default();
        let own = own.split('~').next().unwrap_or_default();
        let group = items
            .unwrap_or_default()
            .iter()
            .find_map(|item| match item {
                Item::Group(group) if group.name == own => Some(group),
                _ => None,
            });
        let mut paths: Vec<FieldPath> = info.paths().cloned().collect();
        let path = |name: &str| match info.around.last() {
            None => FieldPath::household(name),
            Some((repeat, id)) => FieldPath::of(repeat.as_str(), *id, name),
        };
        let names = match group {
            Some(group) => question_names(&group.children),
            None if info.roster.is_some() => Vec::new(),
            None => items
                .unwrap_or_default()
                .iter()
                .filter_map(|item| match item {
                    Item::Question(question) => Some(question.name.as_str()),
                    _ => None,
                })
                .collect(),
        };
        for path in names.into_iter().map(path) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }

    /// The questions of a page that apply now.
    pub(crate) fn page_questions(&self, page: &str, language: &str) -> Vec<FieldPath> {
        self.pages(language)
            .into_iter()
            .find(|p| p.id == page)
            .map(|p| p.questions.into_iter().map(|q| q.path).collect())
            .unwrap_or_default()
    }
}

/// Names of all questions, groups looked into.
fn question_names(items: &[Item]) -> Vec<&str> {
    items
        .iter()
        .flat_map(|item| match item {
            Item::Group(group) => question_names(&group.children),
            Item::Repeat(_) => Vec::new(),
            Item::Question(question) => vec![question.name.as_str()],
        })
        .collect()
}

/// A repeat anywhere in the form.
pub(crate) fn find_repeat<'f>(items: &'f [Item], name: &str) -> Option<&'f Repeat> {
    items.iter().find_map(|item| match item {
        Item::Repeat(repeat) if repeat.name == name => Some(repeat),
        Item::Repeat(repeat) => find_repeat(&repeat.children, name),
        Item::Group(group) => find_repeat(&group.children, name),
        Item::Question(_) => None,
    })
}

fn is_one_screen(appearance: &str) -> bool {
    has_word(appearance, "field-list") || has_word(appearance, "table-list")
}

/// `<repeat>/<uuid>/` of the innermost instance; that alone says where it is.
fn prefix(around: &[(String, InstanceId)]) -> String {
    around
        .last()
        .map_or_else(String::new, |(repeat, id)| format!("{repeat}/{id}/"))
}
