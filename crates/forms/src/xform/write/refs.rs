//! `${name}` to paths, as pyxform writes them: absolute, and relative inside a repeat that both sides
//! share. JavaRosa computes the same from either form inside one repeat; the text is kept equal so that
//! forms can be compared.

use super::tree::Tree;

/// Where an expression stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Around {
    /// The node that it belongs to; paths are absolute without one.
    pub context: Option<usize>,
    /// Relative paths begin with `current()/`: inside a predicate `.` is something else.
    pub current: bool,
    /// The path leads over the parent of the repeat, so that a predicate can follow the repeat.
    pub parent: bool,
    /// It belongs to an attribute of the node, one step further down.
    pub attribute: bool,
}

impl Around {
    pub(super) fn of(context: usize) -> Self {
        Self {
            context: Some(context),
            ..Self::default()
        }
    }
}

impl Tree {
    /// The text with its references replaced. One that means nothing stays.
    pub(super) fn paths(&self, text: &str, around: Around) -> String {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        while let Some((start, end)) = next_reference(text, done) {
            out.push_str(&text[done..start]);
            match self.path(text, (start, end), around) {
                Some(path) => {
                    out.push(' ');
                    out.push_str(&path);
                    out.push(' ');
                }
                None => out.push_str(&text[start..end]),
            }
            done = end;
        }
        out.push_str(&text[done..]);
        out
    }

    /// The path for the reference at these bytes of an expression.
    fn path(&self, text: &str, (start, end): (usize, usize), around: Around) -> Option<String> {
        let inner = &text[start + 2..end - 1];
        let (name, last_saved) = match inner.strip_prefix("last-saved#") {
            Some(name) => (name, true),
            None => (inner, false),
        };
        let target = self.find(name, around.context)?;
        let path = &self.items[target].path;
        if last_saved {
            return Some(format!("instance('__last-saved'){path}"));
        }
        if let Some(context) = around.context
            && may_be_relative(text, (start, end))
            && let Some(relative) = self.relative(context, target, around)
        {
            let current = around.current || in_instance_predicate(text, (start, end));
            let prefix = if current { "current()/" } else { "" };
            return Some(format!("{prefix}{relative}"));
        }
        Some(path.clone())
    }

    /// Path from one node to another inside the same repeat.
    fn relative(&self, from: usize, to: usize, around: Around) -> Option<String> {
        let shared = |pick: &dyn Fn(usize) -> bool| {
            self.ancestors(from)
                .find(|(a, _)| pick(*a) && self.ancestors(to).any(|(b, _)| b == *a))
        };
        let (repeat, steps) = shared(&|a| self.items[a].is_repeat())?;
        if around.parent {
            let outermost = self.repeat_around(repeat).is_none();
            if self.repeat_around(to) == Some(repeat)
                && (outermost || self.repeat_around(from) != Some(repeat))
            {
                return Some(self.steps(steps + 1, self.items[repeat].parent, to));
            }
        }
        let (nearest, steps) = shared(&|a| a != 0)?;
        let steps = steps + usize::from(around.attribute);
        Some(self.steps(steps, nearest, to))
    }

    /// `../../` and what lies below an ancestor.
    fn steps(&self, up: usize, ancestor: usize, to: usize) -> String {
        let mut out = vec![".."; up].join("/");
        out.push_str(&self.items[to].path[self.items[ancestor].path.len()..]);
        out
    }

    /// The names of all references in a text.
    pub(super) fn references(text: &str) -> impl Iterator<Item = &str> {
        let mut done = 0;
        std::iter::from_fn(move || {
            let (start, end) = next_reference(text, done)?;
            done = end;
            Some(&text[start + 2..end - 1])
        })
    }
}

/// The next `${..}` from a byte on.
pub(super) fn next_reference(text: &str, from: usize) -> Option<(usize, usize)> {
    let start = from + text[from..].find("${")?;
    let end = start + text[start..].find('}')?;
    Some((start, end + 1))
}

/// Whether a text holds `${..}`.
pub(super) fn has_reference(text: &str) -> bool {
    next_reference(text, 0).is_some_and(|(start, end)| end - start > 3)
}

/// Fields and repeats in `indexed-repeat()` are absolute: the function finds the instance itself.
fn may_be_relative(text: &str, (start, end): (usize, usize)) -> bool {
    const CALL: &str = "indexed-repeat(";
    if !text.contains(CALL) {
        return true;
    }
    let mut calls = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(CALL) {
        let open = from + at + CALL.len();
        let Some(close) = text[open..].find(')').filter(|n| *n > 0) else {
            break;
        };
        calls.push((from + at, open, open + close));
        from = open + close + 1;
    }
    let Some((call, open, close)) = calls.first().copied() else {
        return false;
    };
    if start > close {
        // pyxform looks at the first call of two or more only, and takes the safe way for the rest.
        return calls.len() == 1;
    }
    if end <= call {
        return true;
    }
    let reference = &text[start..end];
    let place = text[open..close]
        .split(',')
        .enumerate()
        .filter(|(_, argument)| argument.contains(reference))
        .map(|(index, _)| index)
        .last();
    place.is_some_and(|index| ![0, 1, 3, 5].contains(&index))
}

/// Whether a reference stands in brackets of an expression with `instance(..)`.
fn in_instance_predicate(text: &str, (start, end): (usize, usize)) -> bool {
    let instance = text
        .find("instance(")
        .map(|at| &text[at + "instance(".len()..])
        .is_some_and(|rest| rest.len() >= 2 && !rest.starts_with(')'));
    if !instance {
        return false;
    }
    let mut from = 0;
    while let Some(open) = text[from..].find('[').map(|n| n + from) {
        let Some(close) = text[open..].find(']').map(|n| n + open) else {
            return false;
        };
        if start >= open && end <= close + 1 {
            return true;
        }
        from = close + 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_indexed_repeat_that_name_nodes_are_absolute() {
        let at = |text: &str, what: &str| {
            let start = text.find(what).unwrap();
            may_be_relative(text, (start, start + what.len()))
        };
        let text = "${x} + indexed-repeat(${a}, ${r}, ${i}) + ${y}";
        assert!(at(text, "${x}") && at(text, "${i}") && at(text, "${y}"));
        assert!(!at(text, "${a}") && !at(text, "${r}"));
        assert!(at("${a} + 1", "${a}"));
    }

    #[test]
    fn references_in_a_predicate_of_an_instance_are_told_apart() {
        let at = |text: &str| in_instance_predicate(text, next_reference(text, 0).unwrap());
        assert!(at("instance('l')/root/item[name = ${a}]/label"));
        assert!(!at("${a} + instance('l')/root/item[name = 1]/label"));
        assert!(!at("${r}[. = 1]"));
    }
}
