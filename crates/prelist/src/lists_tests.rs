use super::*;
use std::io::Cursor;

type Faults = Vec<(usize, String, &'static str)>;

fn rows(kind: ListKind, text: &str) -> Vec<Result<ListRow, Faults>> {
    let mut file = ListFile::open(Cursor::new(text.as_bytes().to_vec()), kind).unwrap();
    let mut found = Vec::new();
    file.each(&mut |row, _| {
        found.push(row.map_err(|all| all.into_iter().map(|r| (r.row, r.column, r.code)).collect()));
    })
    .unwrap();
    found
}

fn code(kind: ListKind, text: &str) -> &'static str {
    let opened = ListFile::open(Cursor::new(text.as_bytes().to_vec()), kind);
    match opened.and_then(|mut file| file.each(&mut |_, _| {})) {
        Err(StreamError::File(error)) => error.code(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_extract_is_read_under_its_own_names_and_under_those_of_the_office() {
    let one = rows(
        ListKind::Civil,
        "nik,name,sex,birth_date,status\n1809011708909001,Siti,2,1990-08-17,deceased\n",
    );
    let other = rows(
        ListKind::Civil,
        "sep=;\n\nNIK;Nama Lengkap;JK;Tgl Lahir;Status\n'1809.0117.0890.9001;Siti;P;17/08/1990;Meninggal Dunia\n",
    );
    let (one, mut other) = (one[0].clone().unwrap(), other[0].clone().unwrap());
    assert_eq!((one.row, other.row), (2, 4));
    assert_eq!(one.status, CivilStatus::Deceased);
    other.row = one.row;
    assert_eq!(one, other);
}

#[test]
fn an_answer_says_what_differs_and_who_died() {
    let text = "nik,name,answer,name_answer,birth_date_answer
1809011708909001,Siti,Tidak Sesuai,Sesuai,Tidak Sesuai
1809011708909002,Budi,Data Tidak Ditemukan,,
1809011708909003,Ani,Meninggal,,
";
    let found: Vec<_> = rows(ListKind::Civil, text)
        .into_iter()
        .map(|row| {
            let row = row.unwrap();
            (row.answer.unwrap(), row.status, row.differs)
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                CivilAnswer::Differs,
                CivilStatus::Active,
                vec!["birth_date"]
            ),
            (CivilAnswer::NotFound, CivilStatus::Active, vec![]),
            (CivilAnswer::Found, CivilStatus::Deceased, vec![]),
        ]
    );
}

#[test]
fn a_wrong_row_is_refused_with_its_number_its_column_and_a_code() {
    let text = "nik,name,sex,birth_date,village_code,status
1809011708909001,A,9,1990-02-30,1809012001,gone
18090117,B,,,,
1809011708909002,C,1,1990-08-17,18.09.01.2001
";
    let found = rows(ListKind::Civil, text);
    let of = |at: usize| found[at].clone().unwrap_err();
    assert_eq!(
        of(0),
        [
            (2, "village_code".to_owned(), "unknown_region"),
            (2, "sex".to_owned(), "unknown_code"),
            (2, "birth_date".to_owned(), "impossible_date"),
            (2, "status".to_owned(), "unknown_code"),
        ]
    );
    assert_eq!(of(1), [(3, "nik".to_owned(), "nik_format")]);
    assert_eq!(of(2), [(4, String::new(), "column_count")]);
}

#[test]
fn a_list_of_a_programme_may_have_dirty_numbers_but_somebody_must_be_named() {
    let text = "nik,nama_penerima,last_paid\n,Siti,09/2026\n12,Budi,2026-7\n,,\n3,Ani,2026-13\n";
    let found = rows(ListKind::Programme, text);
    assert_eq!(found.len(), 3, "a blank row is none");
    assert_eq!(found[0].clone().unwrap().last_paid, "2026-09");
    assert_eq!(found[1].clone().unwrap().last_paid, "2026-07");
    let last = found[2].clone().unwrap_err();
    assert_eq!(last, [(5, "last_paid".to_owned(), "impossible_date")]);
    let nobody = rows(ListKind::Programme, "nik,nama,last_paid\n,,2026-09\n");
    assert_eq!(nobody[0].clone().unwrap_err()[0].2, "nobody_named");
}

#[test]
fn a_file_that_is_no_such_list_is_refused_as_a_whole() {
    assert_eq!(code(ListKind::Civil, " \n"), "file_empty");
    assert_eq!(code(ListKind::Civil, "a,b\n1,2\n"), "no_header");
    assert_eq!(code(ListKind::Civil, "nik,nmae\n1,2\n"), "missing_column");
    assert_eq!(
        code(ListKind::Civil, "nik,name,nik\n1,2,3\n"),
        "duplicate_column"
    );
    assert_eq!(code(ListKind::Programme, "nik,name\n\n"), "no_rows");
}

#[test]
fn no_message_repeats_a_number() {
    let text = "nik,name,birth_date\n1809011708909001x,A,180901170890\n";
    let mut file = ListFile::open(Cursor::new(text.as_bytes().to_vec()), ListKind::Civil).unwrap();
    file.each(&mut |row, _| {
        for refused in row.unwrap_err() {
            assert!(!refused.message.en.contains("1809"), "{refused:?}");
            assert!(!refused.message.id.contains("1809"), "{refused:?}");
        }
    })
    .unwrap();
}
