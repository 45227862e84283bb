//! Where JavaRosa stops or errs, and what is given here instead (rows of the divergence table).

use super::Group;

pub(super) const VECTORS: &[Group] = &[
    (
        "JavaRosa takes the language of the device",
        &[
            ("format-date(${day}, '%b')", "Jun"),
            ("format-date(${day}, '%a')", "Thu"),
        ],
    ),
    ("ODK Collect stops", &[("intersects('no line')", "0")]),
    (
        "JavaRosa has no such function",
        &[
            ("floor(-1.5)", "-2"),
            ("ceiling(-1.5)", "-1"),
            ("/data/people[position() = last()]/age", "4"),
        ],
    ),
    (
        "JavaRosa stops: value and node set together",
        &[
            ("min(${age}, 2)", "2"),
            ("join(',', ${age}, 'x')", "30,,4,x"),
            ("concat(${age}, 'x')", "304x"),
            (
                "distance(/data/people/place, '-6.4 106.8')",
                "31390.788220265895",
            ),
        ],
    ),
    (
        "JavaRosa stops: union of node sets",
        &[("count(/data/five | /data/word)", "2")],
    ),
    (
        "JavaRosa finds nothing by a number in a predicate",
        &[
            ("/data/people[3]/age", "4"),
            ("/data/people[9]/age", ""),
            ("position(/data/people[3])", "3"),
            ("(../people/age)[1]", "30"),
        ],
    ),
    (
        "JavaRosa loses negative numbers (Double.MIN_VALUE)",
        &[("max(-5, -3)", "-3"), ("max(${age}, -7)", "30")],
    ),
    (
        "JavaRosa cuts towards zero",
        &[("round(-160, -2)", "-200"), ("round(-260, -2)", "-300")],
    ),
    (
        "JavaRosa writes 1.0E10, 1.0E-4, 1.2E8",
        &[
            ("string(10000000000)", "10000000000"),
            ("string(0.0001)", "0.0001"),
            ("concat(123456789.5, '')", "123456789.5"),
            ("round(99999999999.555, 2)", "99999999999.56"),
        ],
    ),
    (
        "JavaRosa stops: no date",
        &[
            ("date('abc')", ""),
            ("date('2017-02-30')", ""),
            ("date('01/02/2017')", ""),
            ("date('2017-01-01 12:00')", ""),
            ("date(' 2017-01-01 ')", ""),
            ("date(true())", ""),
            ("date-time('2017-01-01T25:00')", ""),
            ("date-time('2017-01-01T12')", ""),
            ("decimal-date-time('x')", ""),
            ("decimal-time('x')", ""),
            ("format-date('nonsense', '%Y')", ""),
        ],
    ),
    (
        "JavaRosa reckons such years by other calendars",
        &[
            ("date('17-01-01')", ""),
            ("date('99999-01-01')", ""),
            ("date(10000000)", ""),
        ],
    ),
    (
        "JavaRosa stops: a time alone is no date",
        &[
            ("decimal-time('06:00')", "0.25"),
            ("format-date-time('06:30', '%H')", "06"),
        ],
    ),
    (
        "JavaRosa shifts by 700 hours",
        &[(
            "date-time('2017-06-15T23:00:00+0700')",
            "2017-06-15T23:00:00.000+07:00",
        )],
    ),
    (
        "JavaRosa stops: a number where it wants text",
        &[("selected(${five}, '5')", "1")],
    ),
    (
        "JavaRosa takes an unanswered place for 0 degrees north, 0 degrees east",
        &[
            ("distance(${point}, ${nothing})", "0"),
            ("distance('-6.2 106.8', '')", "0"),
        ],
    ),
    (
        "JavaRosa stops: a text instead of a question, or no place",
        &[
            (
                "area('-6.2 106.8;-6.3 106.9;-6.4 106.8')",
                "123170501.09849961",
            ),
            (
                "geofence('-6.3 106.82', '-6.2 106.8;-6.3 106.9;-6.4 106.8;-6.2 106.8')",
                "1",
            ),
            ("area(${word})", ""),
            ("distance('abc')", ""),
            ("distance('-6.2 106.8 1 2 3')", ""),
            ("geofence('x', ${shape})", "0"),
        ],
    ),
    (
        "JavaRosa stops: a pattern or name that is none, computed",
        &[
            ("regex('a', concat('(', ''))", "0"),
            ("digest('a', concat('CRC', 32))", ""),
        ],
    ),
    (
        "JavaRosa stops: filled rows of a list",
        &[("count-non-empty(instance('fruit')/root/item/name)", "3")],
    ),
];
