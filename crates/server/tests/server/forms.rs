//! Questionnaires as published data.

use crate::common::*;
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use lawang_records::{KEY_FORM, Row, VISITS, Write};
use lawang_server::{HOUSEHOLD_VISIT, Server};
use lawang_sync::{FormHeld, FormPart, FormRequest, Hello, Package, Request, Response, Verdict};
use minicbor::{Decode, Encode, bytes::ByteArray};
use std::collections::BTreeMap;

/// A questionnaire of one required question more than its version says.
fn workbook(id: &str, version: &str, questions: &[&str]) -> Vec<u8> {
    let mut out = "survey,,,,\n,type,name,label,required\n".to_owned();
    for name in questions {
        out += &format!(",text,{name},{name},yes\n");
    }
    out += &format!("settings,,,\n,form_id,version,form_title\n,{id},{version},Kebutuhan desa\n");
    out.into_bytes()
}

fn publish(server: &Server, id: &str, version: &str, questions: &[&str]) -> bool {
    let bytes = workbook(id, version, questions);
    server
        .publish_form("form.csv", &bytes, &BTreeMap::new(), NOW)
        .unwrap()
        .unwrap()
        .published
}

fn flags(server: &Server, id: HouseholdId) -> Vec<(String, String)> {
    let mut found = Vec::new();
    server
        .households(None, false, &mut |line| {
            if line.household == id {
                found = line.flags.into_iter().map(|f| (f.code, f.field)).collect();
            }
            Ok(())
        })
        .unwrap();
    found
}

/// A submitted visit by a version of a questionnaire, with answers.
fn submitted(form: &str, version: &str, answers: &[(&str, &str)]) -> (InstanceId, Vec<Write>) {
    let visit = InstanceId(uuid::Uuid::from_u128(99));
    let field =
        |key: &str, value: &str| Write::Put(FieldPath::of(VISITS, visit, key), value.to_owned());
    let mut writes = vec![
        Write::AddInstance {
            repeat: VISITS.into(),
            id: visit,
            order: "1".into(),
        },
        field("form", form),
        field("form_version", version),
        field("submitted", "2026-11-21T10:00:00+07:00"),
    ];
    writes.extend(answers.iter().map(|(key, value)| put(key, value)));
    (visit, writes)
}

fn send_visit(
    server: &Server,
    tablet: &Tablet,
    home: HouseholdId,
    form: &str,
    version: &str,
    answers: &[(&str, &str)],
) {
    let mut record = tablet.record(server, home);
    let (_, writes) = submitted(form, version, answers);
    let change = tablet.write(&mut record, &writes);
    let verdicts = tablet.push(server, &[(home, &change)]).unwrap();
    assert!(
        matches!(verdicts[..], [Verdict::Accepted(_)]),
        "{verdicts:?}"
    );
}

#[test]
fn the_same_content_again_changes_nothing_and_other_content_under_the_same_version_is_refused() {
    let server = server();
    assert!(publish(&server, "needs", "1", &["water"]));
    assert!(!publish(&server, "needs", "1", &["water"]));
    let other = workbook("needs", "1", &["water", "road"]);
    let refusal = server
        .publish_form("form.csv", &other, &BTreeMap::new(), NOW)
        .unwrap_err();
    assert_eq!(refusal.code(), "version_taken");
    assert!(publish(&server, "needs", "2", &["water", "road"]));
    let lines = server.forms().unwrap();
    let all: Vec<_> = lines
        .iter()
        .map(|f| (f.form.as_str(), f.version.as_str(), f.current, f.built_in))
        .collect();
    assert_eq!(
        all[2..],
        [("needs", "1", false, false), ("needs", "2", true, false)]
    );
    for (line, id) in all.iter().zip(["back_check", HOUSEHOLD_VISIT]) {
        assert!(line.0 == id && line.2 && line.3, "{all:?}");
    }
}

#[test]
fn a_questionnaire_with_errors_is_refused_with_all_of_them_and_nothing_is_stored() {
    let server = server();
    let bytes = b"survey,,\n,type,name,label\n,texxt,a,A\n,calculate,b,\n,text,_c,C\nsettings,,\n,form_id,version\n,x,1\n";
    let problems = server
        .publish_form("x.csv", bytes, &BTreeMap::new(), NOW)
        .unwrap()
        .unwrap_err();
    assert!(problems.len() >= 2, "{problems:?}");
    assert_eq!(server.forms().unwrap().len(), 2);
    // What a record keeps for itself is no name of a question.
    let bytes = workbook("x", "1", &["_form"]);
    let problems = server
        .publish_form("x.csv", &bytes, &BTreeMap::new(), NOW)
        .unwrap()
        .unwrap_err();
    assert_eq!(problems[0].code, "reserved_name");
}

#[test]
fn a_visit_is_read_with_the_version_that_it_names_and_two_versions_live_beside_each_other() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    assert!(publish(&server, HOUSEHOLD_VISIT, "9001", &["water"]));
    assert!(publish(
        &server,
        HOUSEHOLD_VISIT,
        "9002",
        &["water", "road"]
    ));
    let answers = [("water", "sumur")];
    send_visit(
        &server,
        &tablet,
        home("R1"),
        HOUSEHOLD_VISIT,
        "9001",
        &answers,
    );
    send_visit(
        &server,
        &tablet,
        home("R2"),
        HOUSEHOLD_VISIT,
        "9002",
        &answers,
    );
    assert_eq!(flags(&server, home("R1")), []);
    assert_eq!(
        flags(&server, home("R2")),
        [("missing".to_owned(), "road".to_owned())]
    );
}

#[test]
fn a_visit_by_an_unknown_version_is_kept_and_flagged_and_read_when_that_version_is_published() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let answers = [("water", "sumur")];
    send_visit(
        &server,
        &tablet,
        home("R1"),
        HOUSEHOLD_VISIT,
        "9005",
        &answers,
    );
    let other =
        |found: &[(String, String)]| found.len() == 1 && found[0].0 == "other_questionnaire";
    assert!(other(&flags(&server, home("R1"))));
    let kept = server.household(home("R1")).unwrap().unwrap();
    assert_eq!(kept.answer("water"), "sumur");

    assert!(publish(
        &server,
        HOUSEHOLD_VISIT,
        "9004",
        &["water", "road"]
    ));
    assert!(
        other(&flags(&server, home("R1"))),
        "another version says nothing of it"
    );
    let bytes = workbook(HOUSEHOLD_VISIT, "9005", &["water", "road"]);
    let done = server
        .publish_form("v.csv", &bytes, &BTreeMap::new(), NOW)
        .unwrap()
        .unwrap();
    assert_eq!(done.evaluated, 1);
    assert_eq!(
        flags(&server, home("R1")),
        [("missing".to_owned(), "road".to_owned())]
    );
}

/// A greeting as a device sent it before questionnaires travelled.
#[derive(Encode)]
struct OldHello {
    #[n(0)]
    protocol: u16,
    #[n(1)]
    incarnation: ByteArray<8>,
    #[n(2)]
    made: u64,
    #[n(3)]
    form: String,
    #[n(4)]
    app: String,
    #[n(5)]
    time: u64,
}

/// The answer as far as such a device reads it.
#[derive(Decode)]
struct OldReply {
    #[n(0)]
    protocol: u16,
    #[n(7)]
    role: String,
}

/// A greeting of a device from the future.
#[derive(Encode)]
struct NewerHello {
    #[n(0)]
    old: OldHello,
}

#[test]
fn an_old_devices_hello_is_answered_in_a_way_that_it_can_read_and_offers_nothing() {
    let server = server();
    village(&server);
    publish(&server, "needs", "1", &["water"]);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let old = OldHello {
        protocol: 1,
        incarnation: [1; 8].into(),
        made: 0,
        form: "household_visit 1".into(),
        app: "0.1".into(),
        time: NOW,
    };
    let bytes = minicbor::to_vec(&old).unwrap();
    let read: Hello = minicbor::decode(&bytes).unwrap();
    assert_eq!(read.forms, None);
    // A device without the list writes the very bytes of an old one.
    assert_eq!(minicbor::to_vec(&read).unwrap(), bytes);
    let Response::Hello(reply) = tablet.ask(&server, Request::Hello(read)).unwrap() else {
        panic!("no greeting");
    };
    assert_eq!(reply.forms, None);
    let seen: OldReply = minicbor::decode(&minicbor::to_vec(&reply).unwrap()).unwrap();
    assert_eq!((seen.protocol, seen.role.as_str()), (1, "enumerator"));
    // A list in the answer is behind what such a device reads.
    let mut greeting = tablet.greet(0);
    greeting.forms = Some(Vec::new());
    let Response::Hello(reply) = tablet.ask(&server, Request::Hello(greeting)).unwrap() else {
        panic!("no greeting");
    };
    assert_eq!(reply.forms.as_ref().map(Vec::len), Some(3));
    let seen: OldReply = minicbor::decode(&minicbor::to_vec(&reply).unwrap()).unwrap();
    assert_eq!((seen.protocol, seen.role.as_str()), (1, "enumerator"));
    // And bytes that are no greeting at all are an error, not a crash.
    assert!(minicbor::decode::<Hello>(&minicbor::to_vec(&NewerHello { old }).unwrap()).is_err());
}

#[test]
fn a_device_is_offered_what_is_current_and_what_its_open_visits_need_and_fetches_it_in_pieces() {
    let server = server();
    for version in ["1", "2", "3"] {
        publish(&server, "needs", version, &["water", "road"]);
    }
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let mut greeting = tablet.greet(0);
    greeting.forms = Some(vec![FormHeld {
        id: "needs".into(),
        version: "1".into(),
        hash: None,
    }]);
    let Response::Hello(reply) = tablet.ask(&server, Request::Hello(greeting)).unwrap() else {
        panic!("no greeting");
    };
    let offers = reply.forms.unwrap();
    let named: Vec<_> = offers
        .iter()
        .map(|o| (o.id.as_str(), o.version.as_str(), o.current))
        .collect();
    assert_eq!(named[2..], [("needs", "1", false), ("needs", "3", true)]);
    let offer = &offers[3];
    let ask = |offset: u64, max: u32| -> FormPart {
        let request = FormRequest {
            hash: offer.hash,
            offset,
            max,
        };
        match tablet.ask(&server, Request::Form(request)).unwrap() {
            Response::Form(part) => part,
            other => panic!("{other:?}"),
        }
    };
    let mut body = Vec::new();
    while (body.len() as u64) < offer.len {
        let part = ask(body.len() as u64, 50);
        assert_eq!((part.offset, part.total), (body.len() as u64, offer.len));
        assert!((1..=50).contains(&part.bytes.len()));
        body.extend_from_slice(&part.bytes);
    }
    let package = Package::unpack(&body, &offer.hash).unwrap();
    assert_eq!(
        (package.id.as_str(), package.version.as_str()),
        ("needs", "3")
    );
    assert_eq!(ask(offer.len + 7, 50).bytes.len(), 0);
    let unknown = FormRequest {
        hash: [9; 32].into(),
        offset: 0,
        max: 9,
    };
    let error = tablet.ask(&server, Request::Form(unknown)).unwrap_err();
    assert_eq!(error.code, "unknown_form");
}

#[test]
fn a_survey_belongs_to_its_village_and_is_no_household() {
    let server = server();
    village(&server);
    publish(&server, "needs", "1", &["water", "welfare_decile"]);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let mut row = Row::empty(HouseholdId(uuid::Uuid::from_u128(500)), HERE);
    row.answers.insert(KEY_FORM.into(), "needs".into());
    let id = row.household;
    let mut record = lawang_records::Record::genesis(&row).unwrap();
    let (_, writes) = submitted("needs", "1", &[("welfare_decile", "3")]);
    let change = tablet.write(&mut record, &writes);
    let verdicts = tablet
        .send(
            &server,
            &tablet.batch(std::slice::from_ref(&row), &[(id, &change)]),
        )
        .unwrap();
    assert!(
        verdicts.iter().all(|v| matches!(v, Verdict::Accepted(_))),
        "{verdicts:?}"
    );
    let mut households = 0;
    server
        .households(None, false, &mut |line| {
            assert_ne!(line.household, id);
            households += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(households, 3);
    let surveys = server.surveys(Some("needs"), None).unwrap();
    assert_eq!(surveys.len(), 1);
    assert_eq!(
        (surveys[0].household, surveys[0].village.as_str()),
        (id, HERE)
    );
    assert_eq!(surveys[0].flags.len(), 1, "{:?}", surveys[0].flags);
    assert_eq!(surveys[0].flags[0].field, "water");
    assert!(
        server
            .surveys(None, Some(THERE.parse().unwrap()))
            .unwrap()
            .is_empty()
    );
    // Others in the village get it like any row.
    let other = Tablet::enrol(&server, 2, &[HERE]);
    let rows = other.rows(&server, HERE).unwrap();
    assert_eq!(rows.last(), Some(&row));
    // What it answers never changes.
    let forged = tablet.write(&mut record, &[put(KEY_FORM, "household_visit")]);
    let verdicts = tablet.push(&server, &[(id, &forged)]).unwrap();
    assert_eq!(verdicts, [Verdict::Refused("register_field".into())]);
    // And the tables come out the same from the logs.
    let before = format!("{:?}", server.surveys(None, None).unwrap());
    server.rebuild().unwrap();
    assert_eq!(format!("{:?}", server.surveys(None, None).unwrap()), before);
}

#[test]
fn the_submissions_of_a_questionnaire_are_exported_with_a_table_for_each_repeat() {
    let server = server();
    let csv = "survey,,,,\n,type,name,label\n,text,leader,Ketua\n,begin_repeat,needs,Kebutuhan\n,text,what,Apa\n,end_repeat,,\n\
               settings,,,\n,form_id,version,form_title\n,village_needs,1,Kebutuhan\n";
    server
        .publish_form("n.csv", csv.as_bytes(), &BTreeMap::new(), NOW)
        .unwrap()
        .unwrap();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let mut row = Row::empty(HouseholdId(uuid::Uuid::from_u128(501)), HERE);
    row.answers.insert(KEY_FORM.into(), "village_needs".into());
    let mut record = lawang_records::Record::genesis(&row).unwrap();
    let (_, mut writes) = submitted("village_needs", "1", &[("leader", "=Pak Karto")]);
    for (n, what) in [(1, "Air bersih"), (2, "Jalan, jembatan")] {
        let id = InstanceId(uuid::Uuid::from_u128(n));
        writes.push(Write::AddInstance {
            repeat: "needs".into(),
            id,
            order: n.to_string(),
        });
        writes.push(Write::Put(FieldPath::of("needs", id, "what"), what.into()));
    }
    let change = tablet.write(&mut record, &writes);
    tablet
        .send(
            &server,
            &tablet.batch(std::slice::from_ref(&row), &[(row.household, &change)]),
        )
        .unwrap();
    let tables = server.export_form("village_needs", None, false).unwrap();
    let names: Vec<_> = tables.iter().map(|t| t.repeat.as_str()).collect();
    assert_eq!(names, ["", "needs"]);
    let text = String::from_utf8(tables[0].csv.clone()).unwrap();
    assert!(
        text.contains("leader") && text.contains("'=Pak Karto"),
        "{text}"
    );
    let text = String::from_utf8(tables[1].csv.clone()).unwrap();
    assert_eq!(text.lines().count(), 3);
    assert!(text.contains(&row.household.to_string()) && text.contains("\"Jalan, jembatan\""));
    assert_eq!(
        server
            .export_form("no_such", None, false)
            .unwrap_err()
            .code(),
        "unknown_form"
    );
}

#[test]
fn every_questionnaire_that_comes_with_the_program_can_be_published() {
    let server = server();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/questionnaires");
    let mut published = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|kind| kind != "xlsx") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let done = server
            .publish_form(&name, &bytes, &BTreeMap::new(), NOW)
            .unwrap()
            .unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        // The household visit and that of second visits are there from the start, under whatever names their files have.
        let from_the_start = [HOUSEHOLD_VISIT, "back_check"].contains(&done.form.as_str());
        assert_eq!(done.published, !from_the_start);
        published += u32::from(done.published);
    }
    assert!(published >= 2, "{published}");
}
