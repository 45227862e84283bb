use super::*;

fn row<'t>(table: &'t Table, at: usize, column: &str) -> &'t str {
    let column = table.columns.iter().position(|c| c == column).unwrap();
    &table.rows[at][column]
}

#[test]
fn a_csv_file_gives_rows_by_heading_whatever_stands_between_the_cells() {
    for text in [
        "name,label,village\na1,\"Melati, Blok A\",1809012015\n\n",
        "\u{feff}name;label;village\r\na1;\"Melati, Blok A\";1809012015\r\n",
        "name\tlabel\tvillage\na1\tMelati, Blok A\t1809012015",
    ] {
        let table = read("posts.csv", text.as_bytes()).unwrap();
        assert_eq!(table.rows.len(), 1);
        assert_eq!(row(&table, 0, "label"), "Melati, Blok A");
        assert_eq!(row(&table, 0, "village"), "1809012015");
    }
}

#[test]
fn an_xml_file_gives_its_own_names_of_rows() {
    let table = read(
        "posts.xml",
        b"<posts><post><name>a</name></post><post><name>b</name><label>B</label></post></posts>",
    )
    .unwrap();
    assert_eq!(
        (table.root.as_str(), table.item.as_str()),
        ("posts", "post")
    );
    assert_eq!(row(&table, 0, "label"), "");
    assert_eq!(row(&table, 1, "label"), "B");
}

// ODK XForms specification, "Secondary instances - external": GeoJSON.
#[test]
fn a_geojson_feature_is_a_row_with_its_geometry() {
    let table = read(
        "posts.geojson",
        br#"{"type":"FeatureCollection","features":[
            {"type":"Feature","id":"fs87b","properties":{"title":"Pos","rank":2},
             "geometry":{"type":"Point","coordinates":[105.2,-5.4]}}]}"#,
    )
    .unwrap();
    assert_eq!(row(&table, 0, "geometry"), "-5.4 105.2 0 0");
    assert_eq!(row(&table, 0, "id"), "fs87b");
    assert_eq!(row(&table, 0, "rank"), "2");
    assert_eq!(table.usual, ("id", "title"));
}

#[test]
fn files_that_cannot_be_read_say_where() {
    for (file, bytes, part) in [
        ("a.csv", &b"name\n\xff\xfe"[..], "UTF-8"),
        ("a.csv", b"", "headings"),
        ("a.xml", b"<a><b></a>", "line 1"),
        ("a.xml", b"<a>\n<b/>\n<c/></a>", "line 3"),
        ("a.xml", b"<a><b><c><d/></c></b></a>", "text"),
        ("a.geojson", b"{", "line 1"),
        ("a.geojson", b"{}", "FeatureCollection"),
        (
            "a.geojson",
            br#"{"type":"FeatureCollection","features":[{"geometry":{"type":"MultiPoint","coordinates":[]}}]}"#,
            "feature 1",
        ),
        ("a.txt", b"", ".csv"),
    ] {
        let Err((_, message)) = read(file, bytes) else {
            panic!("{file} was read");
        };
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_column_that_is_not_there_is_named_with_what_may_be_meant() {
    let table = read("a.csv", b"code,nama\n1,Satu\n").unwrap();
    let Err((code, message)) = list("a", table, Some("kode"), None, true) else {
        panic!();
    };
    assert_eq!(code, "file_column");
    assert!(message.contains("Did you mean 'code'?"), "{message}");
}
