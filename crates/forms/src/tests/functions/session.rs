//! Form, device, clock and chance. Values: what JavaRosa gives (ODK Validate of pyxform 4.5, Java 17) unless the source says otherwise.

use super::Group;

pub(super) const VECTORS: &[Group] = &[
    (
        "ODK XForms fn:jr:itext; JavaRosa FormDef",
        &[
            ("jr:itext('fruit-1')", "Banana"),
            ("jr:itext('/data/word:label')", "Word"),
        ],
    ),
    (
        "ODK XForms fn:version; JavaRosa XPathFuncExpr",
        &[("version()", "7")],
    ),
    (
        "ODK XForms fn:uuid, fn:random; JavaRosa PropertyUtils.genGUID",
        &[
            ("string-length(uuid())", "36"),
            ("string-length(uuid(5))", "5"),
            ("string-length(uuid(0))", "0"),
            ("string-length(uuid('x'))", "0"),
            ("regex(uuid(9), '[0-9A-Z]{9}')", "1"),
            (
                "regex(uuid(), '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}')",
                "1",
            ),
            ("random() < 1", "1"),
            ("random() >= 0", "1"),
        ],
    ),
    (
        "JavaRosa PropertyManager, names of ODK Collect",
        &[
            ("property('deviceid')", "tablet-7"),
            ("property('username')", "Siti"),
            ("property('uri:username')", "Siti"),
            ("property('phonenumber')", ""),
            ("property('email')", ""),
            ("property(${word})", ""),
        ],
    ),
    (
        "ODK XForms fn:today, fn:now, in the context of the tests",
        &[
            ("today()", "2026-11-22T00:00:00.000+07:00"),
            ("string(today())", "2026-11-22"),
            ("string(now())", "2026-11-22"),
            ("now()", "2026-11-22T10:15:30.250+07:00"),
            ("today() - ${day}", "3447"),
            ("${day} < today()", "1"),
            ("int((today() - ${day}) div 365.25)", "9"),
            ("format-date-time(now(), '%H:%M')", "10:15"),
            ("format-date(now(), '%H')", "10"),
            ("decimal-time(now()) > 0.427", "1"),
            ("abs(now()) - abs(today()) > 0.427", "1"),
            ("string(${hour})", "2026-11-22"),
            ("'2017-06-15' <= today()", "0"),
        ],
    ),
    (
        "JavaRosa XPathFuncExpr, depend and once",
        &[
            ("depend(5, 6)", "5"),
            ("once(${five})", "5"),
            ("once('')", ""),
        ],
    ),
];
