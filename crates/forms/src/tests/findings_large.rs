use super::*;
use std::fmt::Write;
use std::time::Instant;

fn time(name: &str, table: &str) {
    let start = Instant::now();
    let outcome = match compile(table.as_bytes(), "large.csv") {
        Ok(c) => {
            let t = start.elapsed();
            let form = Arc::new(c.form);
            let s = Instant::now();
            let i = Instance::new(form, context());
            let n = s.elapsed();
            let s = Instant::now();
            let _ = i.findings("id");
            format!("ok {} warnings, {t:?} compile, {n:?} new, {:?} findings", c.warnings.len(), s.elapsed())
        }
        Err(p) => format!("{} problems: {}", p.len(), p[0]),
    };
    println!("{name}: {} KB, {:?}: {outcome}", table.len() >> 10, start.elapsed());
}

#[test]
fn large_files() {
    let n = 10_000;
    let mut t = String::from("survey\n,type,name,label,relevant\n");
    for i in 0..n { let _ = writeln!(t, ",text,question_{i},Q,${{questio_{i}}} = 1"); }
    time("unknown references", &t);
    let mut t = String::from("survey\n,type,name,label\n");
    for i in 0..n { let _ = writeln!(t, ",select_one lst_{i},question_{i},Q"); }
    t += "choices\n,list_name,name,label\n";
    for i in 0..n { let _ = writeln!(t, ",list_{i},a,A"); }
    time("unknown lists", &t);
    let mut t = String::from("survey\n,type,name,label,calculation\n");
    for i in 0..n { let _ = writeln!(t, ",calculate,question_{i},,instance('lost') + {i}"); }
    t += "choices\n,list_name,name,label\n";
    for i in 0..n { let _ = writeln!(t, ",list_{i},a,A"); }
    time("unused lists", &t);
    let mut t = String::from("survey\n,type,name,label\n");
    for i in 0..n { let _ = writeln!(t, ",text,a{i},Q"); let _ = writeln!(t, ",text,A{i},Q"); }
    time("names by case", &t);
    let mut t = String::from("survey\n,type,name,label,calculation\n,integer,a,A,\n");
    for i in 0..n { let _ = writeln!(t, ",calculate,c{i},,${{{}}} + 1", if i == 0 { "a".to_owned() } else { format!("c{}", i - 1) }); }
    time("chain", &t);
    let mut t = String::from("survey\n,type,name,label,calculation\n");
    for i in 0..n { let _ = writeln!(t, ",calculate,c{i},,${{c{}}} + 1", (i + 1) % n); }
    time("cycle", &t);
    let mut t = String::from("survey\n,type,name,label,calculation\n");
    for i in 0..2_000 { let _ = write!(t, ",calculate,c{i},,1"); for j in 0..200 { let _ = write!(t, " + ${{c{}}}", (i + j) % 2000); } t += "\n"; }
    time("dense cycle", &t);
    let mut t = String::from("survey\n,type,name,label,relevant\n");
    for i in 0..40 { let _ = writeln!(t, ",begin_repeat,r{i},R,"); }
    for i in 0..200 { let _ = writeln!(t, ",text,q{i},Q,count(${{r0}}) > 0"); }
    for _ in 0..40 { t += ",end_repeat,,,\n"; }
    time("nested repeats", &t);
    let mut t = String::from("survey\n,type,name,label,calculation,repeat_count\n");
    for i in 0..6 { let _ = writeln!(t, ",begin_repeat,r{i},R,,500"); }
    t += ",integer,q,Q,,\n,calculate,s,,sum(${q}),\n";
    for _ in 0..6 { t += ",end_repeat,,,,\n"; }
    time("counted nested repeats", &t);
    let mut t = String::from("survey\n,type,name,label,calculation,repeat_count\n,begin_repeat,r,R,,500\n");
    for i in 0..50 { let _ = writeln!(t, ",calculate,s{i},,sum(${{q}}) + count(${{r}}),"); }
    t += ",integer,q,Q,,\n,end_repeat,,,,\n";
    time("quadratic repeats", &t);
    let mut t = String::from("survey\n,type,name,label,relevant\n,text,a,A,");
    let _ = writeln!(t, "\"regex(${{a}}, '{}')\"", "(a*)*".repeat(2000));
    time("large regex", &t);
    let mut t = String::from("survey\n,type,name,label,calculation\n,calculate,a,,\"");
    let _ = writeln!(t, "concat({}'x')\"", "concat('x',".repeat(90) + &"'x')".repeat(0));
    time("deep calls", &t);
    let mut t = String::from("survey\n,type,name,label,calculation\n,calculate,c0,,'xxxxxxxxxxxxxxxx'\n");
    for i in 1..60 { let _ = writeln!(t, ",calculate,c{i},,\"concat(${{c{0}}}, ${{c{0}}})\"", i - 1); }
    time("doubling texts", &t);
    let mut t = String::from("survey\n,type,name,label\n,select_multiple l,a,A\n,select_one l,b,B\nchoices\n,list_name,name,label,k\n");
    for i in 0..80_000 { let _ = writeln!(t, ",l,n{i},Label {i},{}", i % 7); }
    time("many choices", &t);
}

#[test]
fn hostile_evaluation() {
    for (name, expression, answer) in [
        ("regex", "regex(${a}, '^(a+)+$')", format!("{}b", "a".repeat(60))),
        ("regex back", "regex(${a}, '^(a|aa)+\\1$')", format!("{}b", "a".repeat(60))),
        ("translate", "translate(${a}, ${a}, ${a})", "ab".repeat(9_000)),
        ("pow", "pow(10, 1e9)", "1".into()),
        ("round", "round(1.5, 1000000000)", "1".into()),
        ("substr", "substr(${a}, -1000000000000, 99999999999999)", "abc".into()),
        ("selected", "count-selected(${a})", "a ".repeat(9_000)),
        ("checklist", "selected-at(${a}, 1e300)", "a ".repeat(9_000)),
        ("date", "date(${a})", "99999999999".into()),
        ("date2", "format-date(date(1e15), '%Y')", "1".into()),
        ("date3", "decimal-date-time(${a})", "2026-13-45".into()),
        ("date4", "date(9e9) + 1", "1".into()),
        ("date5", "format-date-time(date-time(-1e12), '%Y-%m-%d %H:%M:%3')", "1".into()),
        ("area", "area(${a})", "1 1;".repeat(4_000)),
        ("intersects", "intersects(${a})", "1 1;2 2;".repeat(2_000)),
        ("distance", "distance(${a})", "1 1;2 2;".repeat(2_000)),
        ("digest", "digest(${a}, 'SHA-512')", "x".repeat(20_000)),
        ("base64", "base64-decode(${a})", "=".repeat(20_000)),
        ("concat", "concat(${a},${a},${a},${a},${a},${a},${a},${a},${a},${a})", "x".repeat(20_000)),
        ("int", "int(${a})", "1e400".into()),
        ("join", "join(${a}, ${a}, ${a}, ${a})", "x".repeat(20_000)),
    ] {
        let table = format!("survey\n,type,name,label,calculation\n,text,a,A,\n,calculate,b,,\"{}\"\n", expression);
        let start = Instant::now();
        match compile(table.as_bytes(), "x.csv") {
            Err(p) => println!("{name}: {}", p[0]),
            Ok(c) => {
                let mut i = Instance::new(Arc::new(c.form), context());
                let _ = i.set(&at("a"), &answer);
                let value = i.value("b");
                println!("{name}: {:?} -> {} chars {}", start.elapsed(), value.len(), value.chars().take(30).collect::<String>());
            }
        }
    }
}
