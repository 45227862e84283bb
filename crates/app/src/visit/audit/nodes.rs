//! What pages, questions and instances are called in the log: the XPath of ODK's.

use crate::visit::{OpenVisit, tree::PageInfo};
use lawang_domain::{FieldPath, InstanceId};

impl OpenVisit {
    /// What a page is in the log: one question, or the questions of a group; the list of a repeat's instances is
    /// where one is added.
    pub(super) fn event_of(&self, page: &PageInfo) -> (&'static str, String) {
        if let Some(place) = &page.roster {
            let around = page
                .around
                .last()
                .map(|(repeat, id)| (repeat.as_str(), *id));
            return ("add repeat", self.xpath(around, &place.repeat));
        }
        let mut paths = page.paths();
        if let (Some(path), None, true) = (paths.next(), paths.next(), page.inline.is_empty()) {
            return ("question", self.xpath_of(path));
        }
        let around = page
            .around
            .last()
            .map(|(repeat, id)| (repeat.as_str(), *id));
        let own = page.id.rsplit('/').next().unwrap_or_default();
        let own = own.split('~').next().unwrap_or_default();
        let own = if own.starts_with('_') { "" } else { own };
        ("group questions", self.xpath(around, own))
    }

    pub(super) fn xpath_of(&self, path: &FieldPath) -> String {
        let around = path
            .instance
            .as_ref()
            .map(|(repeat, id)| (repeat.as_str(), *id));
        self.xpath(around, &path.key)
    }

    /// The XPath of a node in an instance, with the positions of the instances around it; an empty key: of the instance.
    pub(crate) fn xpath(&self, around: Option<(&str, InstanceId)>, key: &str) -> String {
        let mut ids: Vec<InstanceId> = Vec::new();
        let mut next = around.map(|(_, id)| id);
        while let Some(id) = next {
            ids.push(id);
            next = self.instance.parent_of(id);
        }
        let steps = self.form.steps(around.map(|(repeat, _)| repeat), key);
        let mut text = String::new();
        let mut parent = None;
        for (name, repeats) in steps.unwrap_or_default() {
            text.push('/');
            text.push_str(name);
            if !repeats {
                continue;
            }
            let here = self.instances_at(name, parent);
            parent = ids.pop();
            let position = parent.and_then(|id| here.iter().position(|other| *other == id));
            // Where none is named, it is the one that would be added.
            let number = position.unwrap_or(here.len()) + 1;
            text.push_str(&format!("[{number}]"));
        }
        text
    }
}
