//! An expression in one cell of a small fixed form: parsed, resolved, and evaluated while the form is
//! filled in. The first byte says in which cell it stands; answers follow behind a NUL.
#![no_main]

use lawang_forms::compile_with;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

/// Cells that can hold the expression.
const CELLS: usize = 9;

fn form(expression: &str, cell: usize) -> String {
    let at = |number: usize| {
        if number == cell {
            lawang_fuzz::csv_cell(expression)
        } else {
            String::new()
        }
    };
    let or = |number: usize, otherwise: &str| {
        if number == cell {
            lawang_fuzz::csv_cell(expression)
        } else {
            otherwise.to_owned()
        }
    };
    let label = if cell == 8 {
        lawang_fuzz::csv_cell(&format!("x ${{age}} {expression}"))
    } else {
        "N".to_owned()
    };
    format!(
        "survey\n,type,name,label,relevant,constraint,calculation,choice_filter,default,repeat_count\n\
         ,text,name,{label},,,,,,\n\
         ,integer,age,A,{},{},,,,\n\
         ,date,born,B,,,,,{},\n\
         ,select_multiple place,likes,L,,,,,,\n\
         ,select_one place,home,H,,,,{},,\n\
         ,geopoint,here,G,,,,,,\n\
         ,begin_repeat,people,P,{},,,,,{}\n\
         ,text,who,W,,,,,,\n\
         ,decimal,years,Y,,,,,,\n\
         ,calculate,inner,,,,{},,,\n\
         ,end_repeat,,,,,,,,\n\
         ,calculate,outer,,,,{},,,\n\
         choices\n,list_name,name,label,age,up\n,place,a,Alpha,1,\n,place,b,Beta,2,a\n,place,c,Gamma,3,a\n",
        at(0),
        at(1),
        at(2),
        at(3),
        at(4),
        at(5),
        or(6, "position(..)"),
        or(7, "count(${people})"),
    )
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(rest);
    let mut parts = text.split('\0');
    let expression = parts.next().unwrap_or_default();
    let answers: Vec<&str> = parts.take(24).collect();
    let cell = usize::from(*first) % CELLS;
    if let Ok(compiled) = compile_with(
        form(expression, cell).as_bytes(),
        "fuzz.csv",
        &lawang_fuzz::files(),
    ) {
        lawang_fuzz::fill(Arc::new(compiled.form), &answers);
    }
});
