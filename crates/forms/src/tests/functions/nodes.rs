//! Node sets, repeats, lists and paths. Values: what JavaRosa gives (ODK Validate of pyxform 4.5, Java 17) unless the source says otherwise.

use super::Group;

pub(super) const VECTORS: &[Group] = &[
    (
        "ODK XForms fn:count, fn:count-non-empty; JavaRosa XPathFuncExpr.count, XPathNodeset",
        &[
            ("count(${people})", "3"),
            ("count(/data/people/age)", "3"),
            ("count(${nothing})", "1"),
            ("count(${people}[./age > 5])", "1"),
            ("count(/data/people[age = ''])", "1"),
            ("count(/data/people[age = 400])", "0"),
            ("count(instance('fruit')/root/item)", "3"),
            (
                "count(instance('fruit')/root/item[price>3 and name!='c'])",
                "1",
            ),
            ("count-non-empty(${age})", "2"),
            ("count-non-empty(${people})", "3"),
            ("count-non-empty(${nothing})", "0"),
            ("count-non-empty(/data/people/near)", "2"),
        ],
    ),
    (
        "ODK XForms fn:sum, fn:max, fn:min; JavaRosa XPathFuncExpr.sum, max, min",
        &[
            ("sum(${age})", "34"),
            ("sum(${five})", "5"),
            ("sum(/data/people[position() != 1]/age)", "4"),
            ("sum(instance('fruit')/root/item/price)", "15"),
            ("sum(instance('fruit')/root/item/name)", "0"),
            ("sum(instance('fruit')/root/item[price > 3]/price)", "12"),
            ("max(${age})", "30"),
            ("max('')", ""),
            ("max()", ""),
            ("max('x', 2)", "2"),
            ("max(1, '2', 3)", "3"),
            ("max(${nothing}, 2)", "2"),
            ("max(${day}, 3)", "17332"),
            ("max(instance('fruit')/root/item/price)", "7"),
            ("min(/data/people/age)", "4"),
            ("min(1, '')", "1"),
            ("min(3)", "3"),
            ("min(-3, -5)", "-5"),
            ("min()", ""),
        ],
    ),
    (
        "ODK XForms fn:position; JavaRosa XPathFuncExpr.eval",
        &[
            ("position()", "1"),
            ("position(..)", "1"),
            ("position(/data/people[age=4])", "3"),
            ("position(/data/people[age=400])", "0"),
            ("position(instance('fruit')/root/item[name='b'])", "2"),
        ],
    ),
    (
        "ODK XForms fn:indexed-repeat; JavaRosa XPathFuncExpr.indexedRepeat",
        &[
            ("indexed-repeat(${age}, ${people}, 3)", "4"),
            ("indexed-repeat(${age}, ${people}, 9)", ""),
            ("indexed-repeat(${age}, ${people}, 0)", "30"),
            ("indexed-repeat(${age}, ${people}, -1)", "30"),
            ("indexed-repeat(${age}, ${people}, 'x')", "30"),
            ("indexed-repeat(${age}, ${people}, 1.9)", "30"),
            (
                "indexed-repeat(/data/people/age, /data/people, 1) + 1",
                "31",
            ),
        ],
    ),
    (
        "ODK XForms fn:instance, XPath predicates; JavaRosa XPathPathExpr, EvaluationContext",
        &[
            ("instance('fruit')/root/item[name='b']/price", "5"),
            ("instance('fruit')/root/item[position()=2]/name", "b"),
            ("instance('fruit')/root/item[price=5][name='b']/name", "b"),
            ("../people[age=4]/age", "4"),
            ("../people[age = current()/../five - 1]/age", "4"),
            ("../five[. = 5]", "5"),
        ],
    ),
    (
        "ODK XForms fn:randomize; JavaRosa FisherYates, ParkMiller",
        &[
            (
                "join(' ', randomize(instance('fruit')/root/item/name, 42))",
                "a b c",
            ),
            (
                "join(' ', randomize(instance('fruit')/root/item/name, '42'))",
                "a b c",
            ),
            (
                "join(' ', randomize(instance('fruit')/root/item/name, ''))",
                "c b a",
            ),
            (
                "join(' ', randomize(instance('fruit')/root/item/name, -3.7))",
                "b a c",
            ),
            (
                "join(' ', randomize(instance('fruit')/root/item/name, 99999999999))",
                "b a c",
            ),
            ("join('-', randomize(${age}, 7))", "4--30"),
            ("count(randomize(instance('fruit')/root/item))", "3"),
        ],
    ),
    (
        "JavaRosa RandomizeHelper.toNumericWithLongHash, with SHA-256 of java.security",
        &[
            (
                "join(' ', randomize(instance('fruit')/root/item/name, 'abc'))",
                "c b a",
            ),
            (
                "join(' ', randomize(instance('fruit')/root/item/name, ${word}))",
                "a b c",
            ),
            (
                "join(' ', randomize(instance('fruit')/root/item/name, 'é'))",
                "b c a",
            ),
        ],
    ),
    (
        "ODK XForms fn:pulldata",
        &[
            ("pulldata('fruit', 'price', 'name', 'b')", "5"),
            ("pulldata('fruit', 'name', 'price', ${five})", "b"),
            ("pulldata('fruit', 'price', 'name', 'x')", ""),
            ("pulldata('fruit', 'price', 'name', ${nothing})", ""),
            (
                "pulldata('fruit', 'label', 'name', selected-at(${fruits}, 1))",
                "Cherry",
            ),
        ],
    ),
    (
        "ODK XForms XPath paths; JavaRosa XPathPathExpr.getReference",
        &[
            ("../five", "5"),
            ("./../five", "5"),
            ("(../five)", "5"),
            ("../child::five", "5"),
            ("current()/../five", "5"),
            ("/data/five", "5"),
            ("/data/@version", "7"),
            ("/data/@id", "test"),
            ("../@version", "7"),
            ("../attribute::id", "test"),
        ],
    ),
];
