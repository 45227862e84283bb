//! XForms: written and read. The fixtures `*.xml` are what pyxform 4.5 makes of the tables beside them.

mod hostile;
mod read;
mod same;
mod written;

use super::*;

const VISIT: (&str, &str) = (
    include_str!("fixtures/visit.md"),
    include_str!("fixtures/visit.xml"),
);
const PLAIN: (&str, &str) = (
    include_str!("fixtures/plain.md"),
    include_str!("fixtures/plain.xml"),
);

fn files() -> crate::Files {
    let mut files = crate::Files::new();
    let posts = include_str!("fixtures/posts.csv");
    files.insert("posts.csv", posts.as_bytes().to_vec());
    files
}

/// A form with the parts that every XForm has: what stands in the instance, in the model, in the body.
fn xform(instance: &str, model: &str, body: &str) -> String {
    format!(
        r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" xmlns:odk="http://www.opendatakit.org/xforms" xmlns:orx="http://openrosa.org/xforms" xmlns:x="http://example.org/x">
<h:head><h:title>T</h:title><model>
<instance><data id="t" version="2">{instance}</data></instance>
{model}
</model></h:head><h:body>
{body}
</h:body></h:html>"#
    )
}

fn read(xml: &str) -> Result<Compiled, Vec<Problem>> {
    crate::compile_with(xml.as_bytes(), "t.xml", &files())
}

fn opened(xml: &str) -> Instance {
    match read(xml) {
        Ok(compiled) => Instance::new(Arc::new(compiled.form), context()),
        Err(problems) => panic!("{problems:#?}"),
    }
}
