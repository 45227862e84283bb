//! The XML document: elements with their lines, attributes by their usual prefix.

use crate::draft::Place;
use crate::problem::Problem;
use crate::xform::write::{ENTITIES, NAMESPACES};
use roxmltree::{Document, Node, ParsingOptions};

/// Largest file: 80,000 villages in four languages take a tenth of it.
const MAX_BYTES: usize = 64 << 20;
/// Most nodes of the document.
const MAX_NODES: u32 = 4_000_000;
/// Deepest nesting of elements.
pub(super) const MAX_DEPTH: usize = 120;

/// An element of the document.
pub(super) type El<'x> = Node<'x, 'x>;

/// Parses a document. Document types are refused, and with them all entities of the author's own.
pub(super) fn parse(text: &str) -> Result<Document<'_>, Problem> {
    let problem = |row: u32, message: String| {
        Problem::new("xml_unreadable", message)
            .sheet("xml")
            .row(row)
    };
    if text.len() > MAX_BYTES {
        return Err(problem(
            0,
            format!("The file is larger than {} MB.", MAX_BYTES >> 20),
        ));
    }
    if let Some(line) = too_deep(text) {
        return Err(problem(
            line,
            format!("Elements are nested more than {MAX_DEPTH} deep."),
        ));
    }
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options)
        .map_err(|e| problem(e.pos().row, format!("This is not well-formed XML: {e}.")))
}

/// The line where elements are nested too deeply. Looked for before parsing, on the tags alone, so that no
/// parser's stack matters.
fn too_deep(text: &str) -> Option<u32> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(open) = bytes[at..].iter().position(|b| *b == b'<').map(|n| n + at) {
        let rest = &bytes[open..];
        let end = |mark: &str| text[open..].find(mark).map(|n| open + n + mark.len());
        at = if rest.starts_with(b"<!--") {
            end("-->")?
        } else if rest.starts_with(b"<![CDATA[") {
            end("]]>")?
        } else if rest.starts_with(b"<?") {
            end("?>")?
        } else {
            // A '>' in the value of an attribute does not end the tag.
            let mut quote = None;
            let close = rest.iter().position(|b| match (quote, *b) {
                (None, b'"' | b'\'') => {
                    quote = Some(*b);
                    false
                }
                (Some(q), b) if q == b => {
                    quote = None;
                    false
                }
                (None, b'>') => true,
                _ => false,
            })?;
            if rest.starts_with(b"</") {
                depth = depth.saturating_sub(1);
            } else if !rest.starts_with(b"<!") && rest[close - 1] != b'/' {
                depth += 1;
            }
            if depth > MAX_DEPTH {
                return u32::try_from(text[..open].matches('\n').count() + 1).ok();
            }
            open + close + 1
        };
    }
    None
}

/// Lines by the bytes where they begin.
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        Self {
            starts: text.match_indices('\n').map(|(at, _)| at + 1).collect(),
        }
    }

    pub(super) fn of(&self, element: El<'_>) -> u32 {
        let at = element.range().start;
        self.starts.partition_point(|start| *start <= at) as u32 + 1
    }

    /// Place of an attribute, or of the element itself.
    pub(super) fn place(&self, element: El<'_>, attribute: &str) -> Place {
        Place {
            sheet: "xml",
            row: self.of(element),
            column: attribute.to_owned(),
        }
    }
}

/// Elements among the children.
pub(super) fn elements<'x>(parent: El<'x>) -> impl Iterator<Item = El<'x>> {
    parent.children().filter(Node::is_element)
}

/// Name without prefix.
pub(super) fn name<'x>(element: El<'x>) -> &'x str {
    element.tag_name().name()
}

/// Whether an element belongs to XForms or to its extensions: JavaRosa looks at the name alone.
pub(super) fn is_known_space(element: El<'_>) -> bool {
    match element.tag_name().namespace() {
        None => true,
        Some(uri) => uri == ENTITIES || NAMESPACES.iter().any(|(_, known)| *known == uri),
    }
}

pub(super) fn child<'x>(parent: El<'x>, wanted: &str) -> Option<El<'x>> {
    elements(parent).find(|e| name(*e) == wanted)
}

/// Attributes by prefix and name, with the prefixes of pyxform for known namespaces; others keep the
/// document's.
pub(super) fn attributes<'x>(element: El<'x>) -> impl Iterator<Item = (String, &'x str)> {
    element.attributes().map(move |a| {
        let prefix = a.namespace().map_or("", |uri| {
            if uri == ENTITIES {
                return "entities";
            }
            let known = NAMESPACES.iter().find(|(_, known)| *known == uri);
            known.map_or_else(
                || element.lookup_prefix(uri).unwrap_or_default(),
                |(prefix, _)| prefix,
            )
        });
        let name = if prefix.is_empty() {
            a.name().to_owned()
        } else {
            format!("{prefix}:{}", a.name())
        };
        (name, a.value())
    })
}

/// The value of an attribute, by prefix and name.
pub(super) fn attribute<'x>(element: El<'x>, wanted: &str) -> Option<&'x str> {
    match wanted.split_once(':') {
        None => element.attribute(wanted),
        Some(_) => attributes(element)
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value),
    }
}

/// The text in an element, without that of elements in it.
pub(super) fn text(element: El<'_>) -> String {
    element
        .children()
        .filter(Node::is_text)
        .filter_map(|n| n.text())
        .collect()
}
