//! The reference in `docs/forms.md`, written from the lists that the compiler itself uses.

use crate::functions::{Support, all_functions};
use crate::types::{COLUMNS, TYPES};
use std::fmt::Write;

/// Where JavaRosa and the other engines differ, and what is done here.
pub const DIVERGENCES: &[(&str, &str, &str)] = &[
    (
        "number('2017-06-15')",
        "NaN, as JavaRosa (web-forms: 17332)",
        "same",
    ),
    (
        "'2017-06-15' <= today()",
        "false: a text is no date (web-forms: true); write date('2017-06-15')",
        "same",
    ),
    (
        "round(-1.5)",
        "-1, half up; round(-1.5, 0) rounds away from zero",
        "same",
    ),
    (
        "regex('abc', 'b')",
        "false: the whole text must match",
        "same",
    ),
    ("boolean-from-string('TRUE')", "true, any case", "same"),
    (
        "number('5,5')",
        "5.5; number('+5') and number('1e3') are NaN",
        "same",
    ),
    ("selected('', '')", "true", "same"),
    (
        "string(date-time(..))",
        "the day only; store it in a dateTime question to keep the time",
        "same",
    ),
    (
        "string(10000000000)",
        "10000000000 as XPath 1.0 says; JavaRosa writes 1.0E10",
        "differs",
    ),
    (
        "date('abc')",
        "empty; JavaRosa stops with an error at the door",
        "differs",
    ),
    (
        "a single value where a path finds several",
        "an error when the form is loaded; JavaRosa stops with an error at the door",
        "differs",
    ),
    (
        "a choice that its filter no longer offers",
        "kept and reported as invalid; JavaRosa clears it",
        "differs",
    ),
    (
        "fewer instances than repeat_count had before",
        "the surplus is kept and not relevant; JavaRosa leaves it relevant",
        "differs",
    ),
    (
        "integer answers",
        "up to 15 digits; ODK Collect stops at 9",
        "differs",
    ),
];

/// The whole page as Markdown.
pub fn reference() -> String {
    let mut out = String::from(
        "# Questionnaires: what is supported\n\n\
         Written from the code (`lawang_forms::docs::reference`); a test keeps it up to date: set \
         `UPDATE_DOCS=1` and run the tests of `lawang-forms` to write it anew.\n\n\
         *supported*: does what ODK Collect does. *without effect*: accepted and kept. *refused*: an error \
         when the form is loaded, with sheet, row and column.\n\n\
         Files are told apart by content: .xlsx, .xls, and in UTF-8 CSV or Markdown tables in the layout of \
         pyxform.\n\n## Question types\n\n| type | support | note |\n|---|---|---|\n",
    );
    for info in TYPES {
        row(&mut out, &[info.name, word(info.support), info.note]);
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
    out.push_str(
        "\nOperators: `or and = != < <= > >= + - * div mod |`, paths with `.`, `..`, `*`, `[predicate]`, `child::`, \
         `parent::node()`, `self::node()`, and `${name}`, which inside a repeat means the same instance. `//`, `@` \
         and other axes are refused.\n\n## Where engines differ\n\n\
         | expression or case | here | compared with JavaRosa |\n|---|---|---|\n",
    );
    for (case, here, compared) in DIVERGENCES {
        row(&mut out, &[case, here, compared]);
    }
    out
}

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
