//! XPaths of what an event is about: `/data/group/repeat[2]/question`.

use crate::visit::{
    OpenVisit,
    tree::{PageInfo, Place},
};
use lawang_domain::{FieldPath, InstanceId};
use lawang_forms::Item;

/// What one looks for in the questionnaire's tree.
enum Wanted<'a> {
    Question(&'a str),
    Group(&'a str),
    Repeat(&'a str),
}

/// A step on the way: its name, and whether it is a repeat.
type Step = (String, bool);

fn find(
    items: &[Item],
    repeat: Option<&str>,
    within: Option<&str>,
    wanted: &Wanted<'_>,
    trail: &mut Vec<Step>,
) -> bool {
    for item in items {
        let (name, is_repeat) = match item {
            Item::Question(question) => (&question.name, false),
            Item::Group(group) => (&group.name, false),
            Item::Repeat(inner) => (&inner.name, true),
        };
        trail.push((name.clone(), is_repeat));
        let found = match (item, wanted) {
            (Item::Question(_), Wanted::Question(key)) => name == key && within == repeat,
            (Item::Group(_), Wanted::Group(key)) => name == key && within == repeat,
            (Item::Repeat(_), Wanted::Repeat(key)) => name == key,
            _ => false,
        };
        if found {
            return true;
        }
        let deeper = match item {
            Item::Question(_) => false,
            Item::Group(group) => find(&group.children, repeat, within, wanted, trail),
            Item::Repeat(inner) => find(&inner.children, repeat, Some(&inner.name), wanted, trail),
        };
        if deeper {
            return true;
        }
        trail.pop();
    }
    false
}

impl OpenVisit {
    /// The way to something, with positions of the instances around it; `id`: the innermost of them.
    fn xpath(
        &self,
        repeat: Option<&str>,
        id: Option<InstanceId>,
        wanted: &Wanted<'_>,
    ) -> Option<String> {
        let mut trail = Vec::new();
        if !find(&self.form.root().children, repeat, None, wanted, &mut trail) {
            return None;
        }
        let mut around = Vec::new();
        let mut next = id;
        while let Some(id) = next {
            around.push(id);
            next = self.instance.parent_of(id);
        }
        let mut out = "/data".to_owned();
        for (name, is_repeat) in trail {
            out.push('/');
            out += &name;
            if is_repeat && let Some(id) = around.pop() {
                let siblings = match self.instance.parent_of(id) {
                    None => self.instance.instances(&name),
                    Some(parent) => self.instance.instances_in(&name, parent),
                };
                let at = siblings
                    .iter()
                    .position(|s| *s == id)
                    .map_or(siblings.len(), |at| at)
                    + 1;
                out += &format!("[{at}]");
            }
        }
        Some(out)
    }

    /// Where a question stands.
    pub(super) fn node_of(&self, path: &FieldPath) -> String {
        let repeat = path.instance.as_ref().map(|(repeat, _)| repeat.as_str());
        self.xpath(repeat, path.instance_id(), &Wanted::Question(&path.key))
            .unwrap_or_default()
    }

    /// Where an instance of a repeat stands.
    pub(super) fn node_of_instance(&self, repeat: &str, id: InstanceId) -> String {
        self.xpath(None, Some(id), &Wanted::Repeat(repeat))
            .unwrap_or_default()
    }

    /// Event and node of a page: a question alone, or several.
    pub(super) fn event_of_page(
        &self,
        page: &PageInfo,
    ) -> (&'static str, String, Option<FieldPath>) {
        if let Some(Place { repeat, parent, .. }) = &page.roster {
            let node = self.xpath(None, *parent, &Wanted::Repeat(repeat));
            return ("group questions", node.unwrap_or_default(), None);
        }
        let (repeat, id) = match page.around.last() {
            Some((repeat, id)) => (Some(repeat.as_str()), Some(*id)),
            None => (None, None),
        };
        let name = page.id.rsplit('/').next().unwrap_or_default();
        let name = name.split('~').next().unwrap_or_default();
        if let Some(node) = self.xpath(repeat, id, &Wanted::Group(name)) {
            return ("group questions", node, None);
        }
        // A run of questions outside any group goes by its first one.
        let mut paths = page.paths();
        let first = paths.next().cloned();
        let node = first
            .as_ref()
            .map_or(String::new(), |path| self.node_of(path));
        match first {
            Some(path) if paths.next().is_none() => ("question", node, Some(path)),
            _ => ("group questions", node, None),
        }
    }
}
