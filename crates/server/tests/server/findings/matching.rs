//! Who is matched with whom, by the rules of the registry and of lists.

use super::*;

#[test]
fn the_civil_registry_is_matched_by_nik_then_by_twelve_digits_and_the_rest_waits_without_harm() {
    let server = server();
    register(&server);
    let report = dukcapil(&server, EXTRACT, NOVEMBER);
    assert_eq!(report.refused, []);
    let persons = &report.persons;
    assert_eq!((persons.deterministic, persons.by_digits), (2, 1));
    assert_eq!((persons.invalid, persons.unmatched), (1, 0));
    assert_eq!((report.entries.matched, report.entries.unmatched), (3, 0));
    // The other village is not in the file: it says nothing about it.
    assert_eq!((report.villages, report.villages_not_covered), (1, 1));
    assert_eq!(server.findings(codes(&[THERE])[0]).unwrap(), []);

    let budi = of(&server, "P1", "dukcapil");
    assert_eq!(budi.result, "deterministic");
    assert_eq!(
        (budi.detail.similarity, budi.dated.as_str()),
        (Some(100), NOVEMBER)
    );
    assert_eq!(budi.detail.address, Some(AddressResult::Same));
    assert!(budi.detail.differs.is_empty() && budi.detail.flag.is_none());
    assert!(
        budi.nik.contains('*') && budi.nik.ends_with("9001"),
        "{}",
        budi.nik
    );
    let siti = of(&server, "P2", "dukcapil");
    assert_eq!(siti.detail.similarity, Some(90));
    assert_eq!(siti.detail.differs, ["name"]);
    assert_eq!(siti.detail.address, Some(AddressResult::OtherRtRw));
    assert_eq!(siti.detail.flag, Some(CivilFlag::Deceased));
    let agus = of(&server, "P3", "dukcapil");
    assert_eq!(agus.result, "probabilistic");
    assert_eq!(agus.detail.by, Some(MatchedBy::Digits));
    assert_eq!(agus.detail.differs, ["nik"]);
    assert_eq!(of(&server, "P4", "dukcapil").result, "invalid");
    // Nothing was written into the records, and work goes on.
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    tablet.edit(&server, home("R2"), "rt", "005");
    let found = server.household(home("R2")).unwrap().unwrap();
    assert_eq!(found.answer("rt"), "005");
}

#[test]
fn a_nik_that_is_somebody_elses_is_marked_and_a_wrong_number_is_found_by_everything_else() {
    let server = server();
    let mut rows = vec![
        (
            "R1".to_owned(),
            "P1".to_owned(),
            "1809011708809001".to_owned(),
            "Budi Santoso".to_owned(),
            "1980-08-17",
        ),
        (
            "R4".to_owned(),
            "P2".to_owned(),
            "1809011708809001".to_owned(),
            "Siti Aminah".to_owned(),
            "1983-02-11",
        ),
        (
            "R2".to_owned(),
            "P3".to_owned(),
            String::new(),
            "Muhammad Yusuf".to_owned(),
            "1991-12-24",
        ),
    ];
    let mut extract = "nik,name,sex,birth_date,mother_maiden_name,village_code\n".to_owned();
    for n in 0..30 {
        let name = format!(
            "{} {}",
            ["Rahmat", "Sugeng", "Tono", "Wawan", "Slamet"][n % 5],
            ["Hidayat", "Purnomo", "Saputra"][n % 3]
        );
        let nik = format!("180901{:02}0570{:04}", 1 + n % 28, 100 + n);
        let birth = "1970-05-01";
        extract += &format!(
            "{nik},{name},1,1970-05-{:02},Sumiati {n},18.09.01.2001\n",
            1 + n % 28
        );
        rows.push((
            format!("R{}", n + 10),
            format!("P{}", n + 10),
            nik,
            name,
            birth,
        ));
    }
    extract += "1809011708809001,BUDI SANTOSO,1,1980-08-17,PONIRAH,18.09.01.2001
1809012412919077,MUHAMMAD YUSUF,1,1991-12-24,KHOTIJAH,18.09.01.2001
";
    let cells: Vec<Vec<(&str, &str)>> = rows
        .iter()
        .map(|(_, _, nik, name, birth)| {
            vec![
                ("nik", nik.as_str()),
                ("name", name.as_str()),
                ("birth_date", birth),
                ("sex", if name.starts_with("Siti") { "2" } else { "1" }),
                ("mother_maiden_name", "Khotijah"),
            ]
        })
        .collect();
    let persons: Vec<Person<'_>> = rows
        .iter()
        .zip(&cells)
        .map(|((home, id, ..), cells)| (home.as_str(), HERE, id.as_str(), cells.as_slice()))
        .collect();
    assert_eq!(import(&server, &prelist(&persons)).refused, []);
    let report = dukcapil(&server, &extract, NOVEMBER);
    assert_eq!(report.persons.other_person, 1, "{report:?}");
    assert!(!of(&server, "P1", "dukcapil").detail.other_person);
    let siti = of(&server, "P2", "dukcapil");
    assert!(siti.detail.other_person);
    assert_eq!(
        siti.result, "deterministic",
        "as the rules have it: {siti:?}"
    );
    let yusuf = of(&server, "P3", "dukcapil");
    assert_eq!(
        (yusuf.result.as_str(), yusuf.detail.by),
        ("probabilistic", Some(MatchedBy::Linkage))
    );
    assert!(yusuf.detail.probability.unwrap() >= 95);
    assert!(yusuf.detail.differs.contains(&"nik".to_owned()));
}

#[test]
fn an_answer_is_about_those_who_were_asked_for_and_nobody_else() {
    let server = server();
    register(&server);
    let text = "nik,name,answer,birth_date_answer
1809011708809001,Budi Santoso,Tidak Sesuai,Tidak Sesuai
1809015708839002,Siti Aminah,Data Tidak Ditemukan,
1809011202759003,Agus Wijaya,Meninggal,
";
    let report = dukcapil(&server, text, NOVEMBER);
    assert_eq!(
        (report.persons.deterministic, report.persons.unmatched),
        (2, 1)
    );
    assert_eq!(report.written.new, 3);
    assert_eq!(of(&server, "P1", "dukcapil").detail.differs, ["birth_date"]);
    assert_eq!(of(&server, "P2", "dukcapil").result, "unmatched");
    assert_eq!(
        of(&server, "P3", "dukcapil").detail.flag,
        Some(CivilFlag::Deceased)
    );
}

#[test]
fn the_list_of_a_programme_says_who_of_a_family_receives_and_who_no_longer_does() {
    let server = server();
    register(&server);
    let list = "nik,no_kk,name,village_code,address,last_paid
1809015708839002,1809010101209001,SITI AMINAH,18.09.01.2001,DUSUN SUKARAME II,2026-09
,1809010101209002,AGUS WIJAYA,18.09.01.2001,DUSUN SUKARAME II,2026-09
1809010101010101,,ORANG LAIN,18.09.01.2001,JL MERDEKA,2026-09
1809010101010102,,ORANG JAUH,18.09.05.2001,JL MERDEKA,2026-09
";
    let programme = AidProgramme::named("pkh").unwrap();
    let mut nobody = Vec::new();
    let report = server
        .import_programme(
            Cursor::new(list.as_bytes()),
            programme,
            day(OCTOBER),
            NOW,
            Some(&mut nobody),
            &mut |_, _, _| {},
        )
        .unwrap();
    assert_eq!((report.entries.matched, report.entries.unmatched), (2, 2));
    assert_eq!(
        (report.persons.deterministic, report.persons.by_family_card),
        (1, 1)
    );
    let nobody = String::from_utf8(nobody).unwrap();
    assert_eq!(nobody.lines().count(), 3, "{nobody}");
    assert!(
        nobody.contains("ORANG LAIN") && !nobody.contains("1809010101010101"),
        "{nobody}"
    );
    let siti = of(&server, "P2", "pkh");
    assert_eq!(
        (siti.result.as_str(), siti.detail.until.as_str()),
        ("receives", "2026-09")
    );
    let recipients = server.recipients(codes(&[HERE])[0]).unwrap();
    let found: Vec<(InstanceId, u8, &str)> = recipients
        .iter()
        .map(|r| (r.member, r.relation, r.programme.as_str()))
        .collect();
    assert!(
        found.contains(&(InstanceId::from_person("P2"), 2, "pkh")),
        "{found:?}"
    );
    assert_eq!(found.len(), 2);
    // Who died by the civil registry and still receives.
    dukcapil(&server, EXTRACT, NOVEMBER);
    let dead: Vec<InstanceId> = server
        .recipients(codes(&[HERE])[0])
        .unwrap()
        .into_iter()
        .filter(|r| r.deceased)
        .map(|r| r.member)
        .collect();
    assert_eq!(dead, [InstanceId::from_person("P2")]);

    assert_eq!(pkh(&server, list, OCTOBER).written.unchanged, 2);
    let newer = list
        .lines()
        .filter(|line| !line.contains("SITI"))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("2026-09", "2026-10");
    let report = pkh(&server, &newer, NOVEMBER);
    assert_eq!((report.written.ended, report.written.changed), (1, 1));
    let siti = of(&server, "P2", "pkh");
    assert_eq!(siti.result, FindingResult::Ended.as_str());
    assert_eq!(siti.past[0].dated, OCTOBER);
    assert_eq!(server.recipients(codes(&[HERE])[0]).unwrap().len(), 1);
}
