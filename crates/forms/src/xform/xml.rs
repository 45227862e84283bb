//! Elements on their way to a file.

use std::fmt::Write;

/// An element with its attributes in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Xml>,
}

/// What stands in an element.
#[derive(Debug, Clone)]
pub(super) enum Xml {
    Element(Element),
    Text(String),
}

impl Element {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// The same element with an attribute.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    /// The same element with a text in it.
    pub(super) fn text(mut self, text: &str) -> Self {
        if !text.is_empty() {
            self.children.push(Xml::Text(text.to_owned()));
        }
        self
    }

    /// Sets an attribute; the last value counts.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        match self.attributes.iter_mut().find(|(n, _)| n == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.attributes.push((name.to_owned(), value.to_owned())),
        }
    }

    pub(super) fn push(&mut self, child: Self) {
        self.children.push(Xml::Element(child));
    }

    /// The document, indented. Nothing is added inside an element that holds text.
    pub(super) fn document(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\"?>\n");
        self.write(&mut out, Some(0));
        out
    }

    /// `indent` is the depth, or `None` inside text.
    fn write(&self, out: &mut String, indent: Option<usize>) {
        let line = |out: &mut String, depth: Option<usize>| {
            if let Some(depth) = depth {
                out.extend(std::iter::repeat_n("  ", depth));
            }
        };
        line(out, indent);
        // Writing to a String cannot fail.
        let _ = write!(out, "<{}", self.name);
        for (name, value) in &self.attributes {
            let _ = write!(out, " {name}=\"");
            escape(out, value, true);
            out.push('"');
        }
        let end = if indent.is_some() { "\n" } else { "" };
        if self.children.is_empty() {
            out.push_str("/>");
            out.push_str(end);
            return;
        }
        out.push('>');
        let mixed = self.children.iter().any(|c| matches!(c, Xml::Text(_)));
        let inner = indent.filter(|_| !mixed).map(|depth| depth + 1);
        if inner.is_some() {
            out.push('\n');
        }
        for child in &self.children {
            match child {
                Xml::Element(element) => element.write(out, inner),
                Xml::Text(text) => escape(out, text, false),
            }
        }
        if inner.is_some() {
            line(out, indent);
        }
        let _ = write!(out, "</{}>{end}", self.name);
    }
}

/// Text as XML; characters that XML cannot hold are left out.
fn escape(out: &mut String, text: &str, attribute: bool) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            // A reader turns bare ones into spaces.
            '\n' | '\t' if attribute => {
                let _ = write!(out, "&#{};", c as u32);
            }
            '\r' => out.push_str("&#13;"),
            '\n' | '\t' => out.push(c),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_its_spaces_and_what_xml_cannot_hold_is_left_out() {
        let mut root = Element::new("a").with("q", "\"<&>\n");
        root.push(Element::new("b"));
        let mut mixed = Element::new("c").text(" x\u{1} ");
        mixed.push(Element::new("output").with("value", "/a/b"));
        root.push(mixed.text(" > y"));
        assert_eq!(
            root.document(),
            "<?xml version=\"1.0\"?>\n<a q=\"&quot;&lt;&amp;&gt;&#10;\">\n  <b/>\n  <c> x <output value=\"/a/b\"/> &gt; y</c>\n</a>\n"
        );
    }
}
