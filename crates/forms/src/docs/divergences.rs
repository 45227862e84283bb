//! Where engines differ.

/// Expression or case, what is done here, and whether JavaRosa does the same. Expressions are vectors of
/// the tests.
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
        "number('5,5')",
        "5.5; number('+5') and number('1e5') are NaN",
        "same",
    ),
    (
        "1 div 0 = 1 div 0",
        "false: infinite numbers equal none",
        "same",
    ),
    (
        "round(-1.5)",
        "-1: a half goes up, with places too, so round(-2.55, 1) is -2.5",
        "same",
    ),
    (
        "sum(instance('fruit')/root/item/name)",
        "0: what is no number counts nothing (XPath: NaN)",
        "same",
    ),
    (
        "regex('abc', 'b')",
        "false: the whole text must match",
        "same",
    ),
    ("boolean-from-string('TRUE')", "true, any case", "same"),
    ("selected('', '')", "true", "same"),
    (
        "selected-at('a b', 'x')",
        "the first: an index that is no number is 0",
        "same",
    ),
    (
        "indexed-repeat(${age}, ${people}, 0)",
        "the first instance: an index below 1, or that is no number, is 1",
        "same",
    ),
    (
        "weighted-checklist(-1, -1, true(), 2)",
        "false: a negative bound is a bound (specification: none)",
        "same",
    ),
    (
        "date('2017-06-15')",
        "in a field of text stored as the moment when it begins, 2017-06-15T00:00:00.000+07:00 (web-forms: the day); take a date question, or format-date()",
        "same",
    ),
    (
        "string(now())",
        "the day only; store it in a dateTime question to keep the time, or take format-date-time()",
        "same",
    ),
    (
        "string(${hour})",
        "the day: a time is a moment of today; take format-date-time(${hour}, '%H:%M')",
        "same",
    ),
    (
        "join(' ', randomize(instance('fruit')/root/item/name, 'abc'))",
        "c b a: a text gives a seed through SHA-256 (older engines: the order of seed 0)",
        "same",
    ),
    (
        "string(10000000000)",
        "10000000000 as XPath 1.0 says; JavaRosa writes 1.0E10",
        "differs",
    ),
    (
        "string(0.0001)",
        "0.0001 as XPath 1.0 says; JavaRosa writes 1.0E-4",
        "differs",
    ),
    (
        "max(-5, -3)",
        "-3; JavaRosa gives 0, the least number that it knows",
        "differs",
    ),
    (
        "round(-160, -2)",
        "-200; JavaRosa cuts towards zero and gives -100",
        "differs",
    ),
    (
        "floor(-1.5)",
        "-2, and so with ceiling() and last(); JavaRosa has none of them",
        "differs",
    ),
    (
        "count(/data/five | /data/word)",
        "2; JavaRosa has no union of node sets",
        "differs",
    ),
    (
        "/data/people[3]/age",
        "the third; JavaRosa finds nothing by a number: write [position() = 3]",
        "differs",
    ),
    (
        "min(${age}, 2)",
        "values and node sets together; JavaRosa stops with an error at the door",
        "differs",
    ),
    (
        "count-non-empty(instance('fruit')/root/item/name)",
        "3; JavaRosa stops with an error at the door",
        "differs",
    ),
    (
        "selected(${five}, '5')",
        "true; JavaRosa wants a text and stops. A number without quotes as second part is warned about",
        "differs",
    ),
    (
        "date('abc')",
        "empty, as every function of dates with a value that is no date; JavaRosa stops with an error at the door",
        "differs",
    ),
    (
        "date('17-01-01')",
        "empty, as all years before 1000 and after 9999; JavaRosa reckons them by other calendars",
        "differs",
    ),
    (
        "date-time('2017-06-15T23:00:00+0700')",
        "in the zone +07:00; JavaRosa shifts by 700 hours",
        "differs",
    ),
    (
        "decimal-time('06:00')",
        "0.25: a time as text; JavaRosa stops with an error at the door",
        "differs",
    ),
    (
        "format-date(${day}, '%b')",
        "English names of months and days; JavaRosa takes the language of the device",
        "differs",
    ),
    (
        "distance(${point}, ${nothing})",
        "0: places that are not answered are left out; JavaRosa takes them for 0 degrees north, 0 degrees east",
        "differs",
    ),
    (
        "area('-6.2 106.8;-6.3 106.9;-6.4 106.8')",
        "a text is welcome, for geofence() too; JavaRosa wants a question and stops",
        "differs",
    ),
    (
        "area(${word})",
        "empty: no place; JavaRosa stops with an error at the door",
        "differs",
    ),
    (
        "intersects('no line')",
        "false; ODK Collect stops with an error at the door",
        "differs",
    ),
    (
        "regex('a', concat('(', ''))",
        "false; JavaRosa stops at a computed pattern that is none. One in quotes is an error when the form is loaded",
        "differs",
    ),
    (
        "blocks (\\p{InGreek}), \\G, \\X and \\N{..} in a pattern",
        "an error when the form is loaded; JavaRosa knows them",
        "differs",
    ),
    (
        "randomize=true without a seed",
        "another order in every visit, the same within one; JavaRosa shuffles whenever it is asked",
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
