//! The reference in `docs/forms.md`, written from the lists that the compiler itself uses.

mod divergences;

use crate::functions::{ALIASES, Support, all_functions};
use crate::types::{COLUMNS, TYPES};
use std::fmt::Write;

pub use divergences::DIVERGENCES;

/// The whole page as Markdown.
pub fn reference() -> String {
    let mut out = String::from(
        "# Questionnaires: what is supported\n\n\
         Written from the code (`lawang_forms::docs::reference`); a test keeps it up to date: set \
         `UPDATE_DOCS=1` and run the tests of `lawang-forms` to write it anew.\n\n\
         *supported*: does what ODK Collect does. *without effect*: accepted and kept. *refused*: an error \
         when the form is loaded, with sheet, row and column.\n\n\
         Files are told apart by content: .xlsx, .xls, and in UTF-8 CSV or Markdown tables in the layout of \
         pyxform, and ODK XForms (XML).\n\n## Question types\n\n| type | support | note |\n|---|---|---|\n",
    );
    for info in TYPES {
        row(&mut out, &[info.name, word(info.support), info.note]);
    }
    out.push_str(
        "\n## Appearances\n\n*displayed only*: the question is shown in its usual way. Any other word is warned \
         about and ignored.\n\n| appearance | of | support | what the person sees |\n|---|---|---|---|\n",
    );
    for info in crate::appearances::APPEARANCES {
        let support = match info.support {
            Support::Accepted => "displayed only",
            other => word(other),
        };
        row(&mut out, &[info.word, info.of, support, info.note]);
    }
    out.push_str("\n## Columns\n\n| sheet | column | languages | support | other spellings |\n|---|---|---|---|---|\n");
    for column in COLUMNS {
        let languages = if column.translated { "yes" } else { "" };
        row(
            &mut out,
            &[
                column.sheet,
                column.name,
                languages,
                word(column.support),
                &column.aliases.join(", "),
            ],
        );
    }
    out.push_str(
        "\nOther columns of the sheet `choices` can be used in choice filters and with `instance()`.\n\n\
         ## Functions\n\n| function | arguments | support | note |\n|---|---|---|---|\n",
    );
    let mut functions: Vec<_> = all_functions().collect();
    functions.sort_by_key(|f| f.name);
    for info in functions {
        let arguments = match (info.support, info.least, info.most) {
            (Support::Refused, ..) => String::new(),
            (_, a, b) if a == b => a.to_string(),
            (_, a, usize::MAX) => format!("{a} or more"),
            (_, a, b) => format!("{a} to {b}"),
        };
        row(
            &mut out,
            &[info.name, &arguments, word(info.support), info.note],
        );
    }
    let aliases: Vec<String> = ALIASES
        .iter()
        .map(|(alias, name)| format!("`{alias}` is `{name}`"))
        .collect();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "\nOther names: {}.", aliases.join(", "));
    out.push_str(
        "\nOperators: `or and = != < <= > >= + - * div mod |`, paths with `.`, `..`, `*`, `[predicate]`, `child::`, \
         `parent::node()`, `self::node()`, `/data/@id` and `/data/@version`, and `${name}`, which inside a repeat means \
         the same instance. `//` and other axes, attributes and node tests are refused, as in JavaRosa.\n\n\
         Patterns of `regex()` are those of Java.\n",
    );
    out.push_str(ENTITIES);
    crate::xform::docs::reference(&mut out);
    out.push_str(
        "\n## Where engines differ\n\n\
         Expressions are from the vectors of the tests.\n\n\
         | expression or case | here | compared with JavaRosa |\n|---|---|---|\n",
    );
    for (case, here, compared) in DIVERGENCES {
        row(&mut out, &[case, here, compared]);
    }
    out
}

/// What becomes of entities beyond one form. The behaviour is held by `tests/device/entities.rs`.
const ENTITIES: &str = "
## Entities

A form with a sheet `entities` makes or changes the entities of a list when its visit is submitted. Another form reads the list as a data file: `select_one_from_file trees.csv`,
`csv-external`, `instance('trees')`, `pulldata('trees', ..)`, with the columns `name` (the entity's UUID), `label`, `__version` (how often it was made or changed) and one for each property.
Not by `search('trees')`. What differs from ODK Central follows from working offline:

| case | here | ODK Central |
|---|---|---|
| the file was published with the form | the file wins, with a warning | the same, until the list is linked |
| no file, and no published form makes the list | refused when the form is published | an attachment that is missing |
| a column that no published form saves | refused when the form is published; empty in `lawang form check` | empty |
| a property that an entity does not have | empty | the same |
| where entities go | to the devices of the village of the record that made them; a form offers the lists of the village it is filled in for | to everybody in the project |
| an entity made or changed on a device | usable there at once, elsewhere after the exchange | the same, since 2024.3 |
| an entity without `entity_id` | has an id of its record and place: a later visit of the same record changes it and makes no second one | a new one for each submission |
| the same entity changed apart | each property has the value set last, in one order for all; properties that both set differently are listed until somebody who saw both writes again | the later arrival, marked as a conflict until somebody resolves it |
| an update of an entity that is not in the village's list | kept, listed as a problem, in effect as soon as the entity comes | a submission with an error |
| a new entity without a label, an id that is no UUID | kept, listed as a problem | a submission with an error |
| an entity deleted, edited or uploaded in the office | not possible | possible |
";

fn word(support: Support) -> &'static str {
    match support {
        Support::Full => "supported",
        Support::Accepted => "without effect",
        Support::Refused => "refused",
    }
}

fn row(out: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|c| c.replace('|', "\\|")).collect();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}
