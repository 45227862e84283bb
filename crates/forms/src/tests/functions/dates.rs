//! Dates and times, in the zone of Jakarta. Values: what JavaRosa gives (ODK Validate of pyxform 4.5, Java 17) unless the source says otherwise.

use super::Group;

pub(super) const VECTORS: &[Group] = &[
    (
        "ODK XForms fn:date; JavaRosa XPathFuncExpr.toDate",
        &[
            ("date('2017-06-15')", "2017-06-15T00:00:00.000+07:00"),
            ("date('2017-1-5')", "2017-01-05T00:00:00.000+07:00"),
            ("date('2016-02-29')", "2016-02-29T00:00:00.000+07:00"),
            (
                "date('2017-06-15T23:00:00')",
                "2017-06-15T23:00:00.000+07:00",
            ),
            (
                "date('2017-06-15T23:00:00.000+07:00')",
                "2017-06-15T23:00:00.000+07:00",
            ),
            ("date('')", ""),
            ("date(0 div 0)", ""),
            ("date(10)", "1970-01-11T00:00:00.000+07:00"),
            ("date(-0.5)", "1970-01-01T00:00:00.000+07:00"),
            ("date(1.9)", "1970-01-02T00:00:00.000+07:00"),
            (
                "date(date('2017-06-15') + 1)",
                "2017-06-16T00:00:00.000+07:00",
            ),
            ("date(${day})", "2017-06-15T00:00:00.000+07:00"),
            ("date(${saved})", "2017-06-15T00:00:00.000+07:00"),
            ("date('2017-06-15') + 1", "17333"),
            ("date('2017-06-15') = '2017-06-15'", "1"),
            ("'2017-06-15' <= date('2020-01-01')", "0"),
            ("number(date('2017-06-15T23:00:00'))", "17332"),
        ],
    ),
    (
        "ODK XForms Date and time functions; JavaRosa XPathFuncExpr.toDate, DateUtils.parseDateTime",
        &[
            ("date-time('2017-06-15')", "2017-06-15T00:00:00.000+07:00"),
            (
                "date-time('2017-06-15T23:00')",
                "2017-06-15T23:00:00.000+07:00",
            ),
            (
                "date-time('2017-06-15T23:00:00Z')",
                "2017-06-16T06:00:00.000+07:00",
            ),
            (
                "date-time('2017-06-15T23:00:05.5')",
                "2017-06-15T23:00:05.500+07:00",
            ),
            (
                "date-time('2017-01-01T12:00:00.123456+07:00')",
                "2017-01-01T12:00:00.123+07:00",
            ),
            (
                "date-time('2017-01-01T12:00:00-05:30')",
                "2017-01-02T00:30:00.000+07:00",
            ),
            (
                "date-time('2017-01-01T12:00:00+07')",
                "2017-01-01T12:00:00.000+07:00",
            ),
            ("date-time(17332.5)", "2017-06-15T19:00:00.000+07:00"),
            ("date-time(sqrt(2))", "1970-01-02T16:56:28.051+07:00"),
            ("date-time(-0.5)", "1969-12-31T19:00:00.000+07:00"),
            ("date-time(${saved})", "2017-06-15T23:30:15.250+07:00"),
            ("date-time('')", ""),
            ("${saved}", "2017-06-15T23:30:15.250+07:00"),
            ("${hour} = '06:30'", "0"),
        ],
    ),
    (
        "ODK XForms fn:decimal-date-time, fn:decimal-time; JavaRosa XPathFuncExpr.toDecimalDateTime",
        &[
            (
                "decimal-date-time(date('2017-06-15'))",
                "17331.708333333332",
            ),
            ("decimal-date-time('2017-06-15')", "17331.708333333332"),
            (
                "decimal-date-time('2017-06-15T12:00:00.000+00:00')",
                "17332.5",
            ),
            (
                "decimal-date-time('2017-06-15T06:30:00.000+07:00')",
                "17331.979166666668",
            ),
            ("decimal-date-time(${saved})", "17332.68767650463"),
            ("decimal-date-time(5.25)", "5.25"),
            ("decimal-date-time('')", ""),
            ("decimal-date-time('') = ''", "1"),
            ("decimal-time('2017-06-15T06:00:00')", "0.25"),
            (
                "decimal-time('2017-06-15T06:00:00.000+00:00')",
                "0.5416666666678793",
            ),
            ("decimal-time(${hour})", "0.2708333333321207"),
            ("decimal-time(${saved})", "0.9793431712969323"),
            ("decimal-time(${day})", "0"),
            ("decimal-time(5.75)", "0.75"),
            ("decimal-time('')", ""),
        ],
    ),
    (
        "ODK XForms fn:format-date, fn:format-date-time; JavaRosa DateUtils.format",
        &[
            (
                "format-date('2017-06-05', '%d/%m/%n/%y %b %e %a %Y')",
                "05/06/6/17 Jun 5 Mon 2017",
            ),
            ("format-date('', '%Y')", ""),
            ("format-date(${nothing}, '%Y')", ""),
            ("format-date(0 div 0, '%Y')", ""),
            ("format-date(${day}, '%Y')", "2017"),
            ("format-date(${day}, '100%%')", "100%"),
            ("format-date(1, '%Y-%m-%d')", "1970-01-02"),
            ("format-date(17332.99, '%Y-%m-%d %H')", "2017-06-16 06"),
            ("format-date('2017-01-01', '%W')", "1"),
            ("format-date('2017-01-07', '%W')", "1"),
            ("format-date('2017-01-08', '%W')", "2"),
            ("format-date('2016-12-31', '%W')", "53"),
            ("format-date('2017-12-30', '%W')", "52"),
            ("format-date('2017-12-31', '%W')", "1"),
            ("format-date(${day}, '%W')", "24"),
            (
                "format-date-time('2017-06-15T12:04:05.678', '%H:%h:%M:%S.%3')",
                "12:12:04:05.678",
            ),
            (
                "format-date-time('2017-06-15T23:30:00Z', '%d %H:%M')",
                "16 06:30",
            ),
            ("format-date-time(${hour}, '%H:%M:%S.%3')", "06:30:00.000"),
            (
                "format-date-time(${saved}, '%Y-%m-%dT%H:%M:%S.%3 %h %e %n %b %a %y')",
                "2017-06-15T23:30:15.250 23 15 6 Jun Thu 17",
            ),
        ],
    ),
];
