//! What is read and written, for the reference in `docs/forms.md`.

use super::read::body::KNOWN;
use super::read::kinds::TYPES;
use super::read::model::EVENTS;
use super::read::nodes::{EXPRESSIONS, PARAMETERS};
use std::fmt::Write;

/// Where the XML that is written differs from pyxform's, and why.
pub(crate) const DIFFERENCES: [(&str, &str); 9] = [
    (
        "a select from the sheet external_choices",
        "the list stands in the form: no itemsets.csv is needed",
    ),
    (
        "names of generated nodes (table-list)",
        "they carry the row; in a table of text that is the line of the file",
    ),
    (
        "a list without any label",
        "its choices get empty labels: ODK Validate refuses a list without",
    ),
    (
        "a group that shows nothing",
        "it stands in the instance only: ODK Validate refuses it in the body",
    ),
    (
        "curly quotes in texts",
        "they stay; in expressions they become straight ones, as with pyxform",
    ),
    (
        "< in instance(..) of a label",
        "written once as an entity; pyxform writes it twice, which no engine can read",
    ),
    (
        "a default with parts of a second, such as 10:00:00.000+07:00",
        "a fixed value; pyxform takes the zone for an addition",
    ),
    (
        "one name for a list and a data file, entities to be changed without their list",
        "refused",
    ),
    (
        "answers by SMS (prefix, delimiter, compact_tag)",
        "left out: they are no part of ODK any more",
    ),
];

/// The section of the page.
pub(crate) fn reference(out: &mut String) {
    let list = |words: &mut dyn Iterator<Item = &str>| {
        let words: Vec<String> = words.map(|w| format!("`{w}`")).collect();
        words.join(", ")
    };
    let mut types: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
    types.sort_unstable();
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "\n## XForms\n\n\
         An ODK XForm (XML; what pyxform makes, and what Collect downloads) is read like a workbook. Errors name the \
         line and the attribute. Document types, and with them entities of the document's own, are refused.\n\n\
         - body: {}; choices from `itemset` (an instance with a predicate, `randomize()`, answers of a repeat), from \
         `item`, from `query` with itemsets.csv\n\
         - binds: {}, `jr:constraintMsg`, `jr:requiredMsg`, `jr:preload`, `jr:preloadParams`, `entities:saveto`\n\
         - types: {}\n\
         - parameters: {}\n\
         - actions `setvalue`, `odk:setgeopoint`, `odk:recordaudio`; events: {}\n\
         - texts: `jr:itext()` with the forms `long`, `short`, `guidance`, `image`, `big-image`, `audio`, `video`, and `output`\n\
         - secondary instances in the form, and by `jr://file/`, `jr://file-csv/`, `jr://instance/last-saved`\n\
         - `meta`: `instanceID`, `instanceName`, `audit`, `entity`\n\n\
         Refused, as it would change what is asked or computed: other elements, types, events and preloads, a node with \
         two controls or two binds, a repeat that begins with several instances (unless `jr:noAddRemove` fixes them), a \
         value set for new instances only. Attributes of other programs are kept, with a warning. A group without `ref` \
         is left out, with a warning; what stands in it is asked.\n\n\
         `lawang form convert --to xform` writes what pyxform writes, so that the same form runs in ODK Collect: the \
         same binds, expressions, texts, instances and controls. Where the XML differs:\n\n\
         | case | here |\n|---|---|",
        list(&mut KNOWN.iter().copied()),
        list(&mut EXPRESSIONS.iter().map(|(attribute, _)| *attribute)),
        list(&mut types.into_iter()),
        list(&mut PARAMETERS.iter().map(|(attribute, _)| *attribute)),
        list(&mut EVENTS.iter().copied()),
    );
    for (case, here) in DIFFERENCES {
        let _ = writeln!(out, "| {case} | {here} |");
    }
}
