//! Paths as XML writes them, made plain.

/// A path of names, absolute: `..` and `.` followed, prefixes left out. `None` if it has predicates or
/// anything else that is no name.
pub(super) fn plain(path: &str, context: &str) -> Option<String> {
    let path = path.trim();
    let path = path.strip_prefix("current()/").unwrap_or(path);
    let (mut names, rest): (Vec<&str>, &str) = match path.strip_prefix('/') {
        Some(rest) => (Vec::new(), rest),
        None => (context.split('/').skip(1).collect(), path),
    };
    if path.is_empty() {
        return None;
    }
    for step in rest.split('/') {
        match step.trim() {
            "." => {}
            ".." => {
                names.pop()?;
            }
            step => {
                let (mark, name) = match step.strip_prefix('@') {
                    Some(name) => ("@", name),
                    None => ("", step),
                };
                let name = name.split_once(':').map_or(name, |(_, n)| n);
                if !crate::xpath::is_name(name) {
                    return None;
                }
                // The mark is the step's first character.
                names.push(if mark.is_empty() { name } else { step });
            }
        }
    }
    Some(format!("/{}", names.join("/")))
}

/// An expression whose relative paths are made absolute, for a place that has no context of its own.
/// What stands in brackets stays: there the context is another.
pub(super) fn absolute(expression: &str, context: &str) -> String {
    let mut out = String::with_capacity(expression.len());
    let mut brackets = 0usize;
    let mut chars = expression.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = chars.next() {
        let rest = &expression[at..];
        match c {
            '\'' | '"' => {
                let end = rest[1..].find(c).map_or(rest.len(), |n| n + 2);
                out.push_str(&rest[..end]);
                while chars.next_if(|(next, _)| *next < at + end).is_some() {}
                before = c;
                continue;
            }
            '[' => brackets += 1,
            ']' => brackets = brackets.saturating_sub(1),
            // `..` at the beginning of a path; behind '/' it is a step, behind a digit a point.
            '.' if brackets == 0 && !before.is_alphanumeric() && !matches!(before, '/' | '.') => {
                let up = rest.split('/').take_while(|s| s.trim() == "..").count();
                let mut steps = rest.split('/').take(up).map(str::len).sum::<usize>();
                steps += up.saturating_sub(1);
                if up == 0 && rest.starts_with("..") {
                    // The last `..` of a path that ends with it.
                    steps = 2;
                }
                let count = if rest.starts_with("..") { up.max(1) } else { 0 };
                if count > 0 {
                    let mut names: Vec<&str> = context.split('/').skip(1).collect();
                    names.truncate(names.len().saturating_sub(count));
                    out.push('/');
                    out.push_str(&names.join("/"));
                    while chars.next_if(|(next, _)| *next < at + steps).is_some() {}
                    before = 'x';
                    continue;
                }
                if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
                    out.push_str(context);
                    before = 'x';
                    continue;
                }
            }
            _ => {}
        }
        out.push(c);
        if !c.is_whitespace() || !before.is_alphanumeric() {
            before = c;
        }
    }
    out
}

/// The parts of `instance('id')/root/item[a][b]` or `/data/repeat[a]`, perhaps in `randomize(.., seed)`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Nodeset {
    /// Identifier of the instance.
    pub instance: Option<String>,
    /// Path behind it, or from the root.
    pub path: String,
    /// What stands in brackets, joined by `and`.
    pub filter: Option<String>,
    pub randomize: bool,
    pub seed: Option<String>,
}

/// Understands the nodeset of an itemset.
pub(super) fn nodeset(text: &str) -> Result<Nodeset, String> {
    let text = text.trim();
    let mut out = Nodeset::default();
    let mut inner = text;
    if let Some(rest) = text.strip_prefix("randomize") {
        let arguments = rest.trim_start().strip_prefix('(');
        let arguments = arguments.and_then(|r| r.trim_end().strip_suffix(')'));
        let arguments = arguments.ok_or("randomize() is not closed")?;
        out.randomize = true;
        inner = match comma(arguments) {
            None => arguments.trim(),
            Some(at) => {
                out.seed = Some(arguments[at + 1..].trim().to_owned());
                arguments[..at].trim()
            }
        };
    }
    if let Some(rest) = inner.strip_prefix("instance") {
        let rest = rest.trim_start().strip_prefix('(').map(str::trim_start);
        let rest = rest.ok_or("instance() is expected")?;
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let quote = quote.ok_or("instance() takes an id in quotes")?;
        let (id, rest) = rest[1..].split_once(quote).ok_or("a quote is not closed")?;
        out.instance = Some(id.to_owned());
        inner = rest
            .trim_start()
            .strip_prefix(')')
            .ok_or("')' is missing")?;
    }
    let open = inner.find('[').unwrap_or(inner.len());
    inner[..open].trim().clone_into(&mut out.path);
    let mut rest = inner[open..].trim();
    let mut filters: Vec<&str> = Vec::new();
    while let Some(after) = rest.strip_prefix('[') {
        let end = closing(after).ok_or("']' is missing")?;
        filters.push(&after[..end]);
        rest = after[end + 1..].trim_start();
    }
    if !rest.is_empty() {
        return Err(format!("'{rest}' cannot stand behind the predicate"));
    }
    out.filter = match filters.as_slice() {
        [] => None,
        [only] => Some((*only).to_owned()),
        all => Some(
            all.iter()
                .map(|f| format!("({f})"))
                .collect::<Vec<_>>()
                .join(" and "),
        ),
    };
    Ok(out)
}

/// Walks over characters outside of quotes; `stop` says where to end, given the depth of brackets.
fn outside(text: &str, mut stop: impl FnMut(char, i32) -> bool) -> Option<usize> {
    let mut quote = None;
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match quote {
            Some(q) => {
                if q == c {
                    quote = None;
                }
                continue;
            }
            None if matches!(c, '\'' | '"') => {
                quote = Some(c);
                continue;
            }
            None => {}
        }
        if stop(c, depth) {
            return Some(at);
        }
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn comma(text: &str) -> Option<usize> {
    outside(text, |c, depth| c == ',' && depth == 0)
}

fn closing(text: &str) -> Option<usize> {
    outside(text, |c, depth| c == ']' && depth == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_plain() {
        assert_eq!(plain(" ../b ", "/data/a").as_deref(), Some("/data/b"));
        assert_eq!(plain("/data/jr:x", "/").as_deref(), Some("/data/x"));
        assert_eq!(
            plain("current()/../b", "/data/r/a").as_deref(),
            Some("/data/r/b")
        );
        assert_eq!(plain("b", "/data").as_deref(), Some("/data/b"));
        assert_eq!(
            plain("/data/meta/entity/@id", "/").as_deref(),
            Some("/data/meta/entity/@id")
        );
        for bad in ["", "/data/a[1]", "../../../x", "/data//a", "a b"] {
            assert_eq!(plain(bad, "/data/a"), None, "{bad}");
        }
    }

    #[test]
    fn relative_paths_become_absolute_outside_of_predicates_and_texts() {
        let at = |text: &str| absolute(text, "/data/r/meta/entity/label");
        assert_eq!(at(" ../../../q "), " /data/r/q ");
        assert_eq!(
            at("concat('../x', ../../../q, 1.5)"),
            "concat('../x', /data/r/q, 1.5)"
        );
        assert_eq!(
            at("instance('l')/root/item[name = ../x]/y"),
            "instance('l')/root/item[name = ../x]/y"
        );
        assert_eq!(at("/data/r/q/.. + .5"), "/data/r/q/.. + .5");
        assert_eq!(at(". + ../.."), "/data/r/meta/entity/label + /data/r/meta");
    }

    #[test]
    fn a_nodeset_is_taken_apart() {
        let set =
            nodeset("randomize(instance('l')/root/item[a = ']' and b[1] = 2][c], /data/seed)")
                .unwrap();
        assert_eq!(set.instance.as_deref(), Some("l"));
        assert_eq!(set.path, "/root/item");
        assert_eq!(
            set.filter.as_deref(),
            Some("(a = ']' and b[1] = 2) and (c)")
        );
        assert!(set.randomize);
        assert_eq!(set.seed.as_deref(), Some("/data/seed"));
        assert_eq!(nodeset("/data/r").unwrap().path, "/data/r");
        for bad in [
            "instance(l)/root/item",
            "instance('l)/x",
            "/data/r[a",
            "/data/r[a]/b",
            "randomize(/a",
        ] {
            assert!(nodeset(bad).is_err(), "{bad}");
        }
    }
}
