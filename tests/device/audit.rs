//! The log of how a form is filled in, and sounds that are recorded meanwhile.

use crate::{answer, world};
use lawang_app::{Device, Whole, views::VisitEvent};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_records::VISITS;
use lawang_tests::{forms::publish, network::Faults, prelist::VILLAGE, world::World};

const FORM: &str = "
| survey |
| | type | name | label | parameters |
| | text | leader | Nama | |
| | begin_group | place | Tempat | |
| | integer | families | KK | |
| | text | nik | NIK | |
| | end_group | | | |
| | begin_repeat | wells | Sumur | |
| | integer | depth | Dalam | |
| | end_repeat | | | |
| | background-audio | sound | | quality=low |
| | audit | audit | | PARAMETERS |
| settings |
| | form_id | version |
| | logged | 1 |
";

fn logged(parameters: &str) -> World {
    let mut world = world(1);
    let form = FORM.replace("PARAMETERS", parameters);
    publish(&world.server, form.as_bytes(), &[]);
    send(&mut world);
    world
}

fn send(world: &mut World) {
    let report = world.exchange(0, Faults::default()).expect("exchange");
    assert!(report.agreed && report.refused == 0);
}

fn begin(world: &World) -> HouseholdId {
    on(world, 0, |d| {
        d.new_survey("logged", VILLAGE).expect("begun")
    })
}

/// After this many milliseconds.
fn on<T>(world: &World, after: i64, work: impl FnOnce(&mut Device) -> T) -> T {
    world.tablets[0].environment.advance(after);
    work(&mut world.tablets[0].device.lock().expect("a device"))
}

fn page(device: &mut Device, id: HouseholdId, page: &str) {
    let view = device.visit_view(id, Some(page)).expect("a page");
    assert_eq!(view.page.id, page);
}

/// The name that the newest visit gives to its log.
fn name(world: &World, id: HouseholdId) -> Option<String> {
    on(world, 0, |device| {
        let state = device.state(id).expect("a record");
        let visit = *state.of(VISITS).last()?;
        let value = state.text(&FieldPath::of(VISITS, visit, "audit"));
        (!value.is_empty()).then(|| value.to_owned())
    })
}

/// The log as the server has it after an exchange.
fn at_server(world: &mut World, id: HouseholdId) -> String {
    let name = name(world, id).expect("a log");
    let hash = hex::decode(name.strip_prefix("sha256:").expect("a hash")).expect("hex");
    let hash: [u8; 32] = hash.try_into().expect("32 bytes");
    assert_eq!(world.server.photo(&hash).expect("shelf"), None);
    send(world);
    let body = world.server.photo(&hash).expect("shelf").expect("it came");
    String::from_utf8(body).expect("text")
}

/// Times as seconds since the first event, so that lines can be read.
fn lines(log: &str) -> Vec<String> {
    let mut first = None;
    log.lines()
        .skip(1)
        .map(|line| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            for cell in &mut cells[2..4] {
                if let Ok(at) = cell.parse::<i64>() {
                    let from = *first.get_or_insert(at);
                    *cell = ((at - from) / 1000).to_string();
                }
            }
            cells.join(",")
        })
        .collect()
}

#[test]
fn every_step_through_a_form_is_in_its_log_and_the_log_reaches_the_server() {
    let mut world = logged("track-changes=true");
    let id = begin(&world);
    on(&world, 0, |d| drop(d.visit_view(id, None).expect("open")));
    on(&world, 3_000, |d| answer(d, id, "leader", "Karto, Pak"));
    on(&world, 1_000, |d| page(d, id, "place"));
    on(&world, 2_000, |d| answer(d, id, "families", "12"));
    on(&world, 2_000, |d| answer(d, id, "families", "13"));
    on(&world, 1_000, |d| answer(d, id, "nik", "1809010101209001"));
    on(&world, 0, |d| {
        d.visit_log(id, VisitEvent::Jump).expect("kept")
    });
    on(&world, 1_000, |d| page(d, id, "wells"));
    let well = on(&world, 1_000, |d| {
        d.add_instance(id, "wells", None).expect("added");
        d.add_instance(id, "wells", None).expect("added")
    });
    on(&world, 1_000, |d| {
        d.remove_instance(id, "wells", well, true, "salah")
            .expect("out");
        d.visit_summary(id, Whole::Visit).expect("summary");
    });
    on(&world, 4_000, |d| d.submit(id, Whole::Visit).expect("done"));
    let log = at_server(&mut world, id);
    assert_eq!(
        log.lines().next(),
        Some("event,node,start,end,old-value,new-value")
    );
    assert!(log.contains(",\"Karto, Pak\"\n"), "{log}");
    assert!(!log.contains("1809010101209001"), "a NIK stays out of it");
    let seen = lines(&log.replace("Karto, Pak", "Karto"));
    let nik = &seen[4];
    assert!(nik.starts_with("question,/data/place/nik,4,10,,"), "{nik}");
    let mut rest = seen.clone();
    rest.remove(4);
    assert_eq!(
        rest,
        [
            "form start,,0,,,",
            "question,/data/leader,0,4,,\"Karto\"",
            "group questions,/data/place,4,10,,",
            "question,/data/place/families,4,10,,13",
            "jump,,9,,,",
            "group questions,/data/wells,10,12,,",
            "add repeat,/data/wells[1],11,11,,",
            "add repeat,/data/wells[2],11,11,,",
            "delete repeat,/data/wells[2],12,12,,",
            "end screen,,12,16,,",
            "form save,,16,,,",
            "form exit,,16,,,",
            "form finalize,,16,,,",
        ]
    );
    on(&world, 0, |d| {
        assert!(d.store().audit_events(id).expect("events").is_empty());
    });
}

#[test]
fn a_killed_program_loses_nothing_of_the_log_and_goes_on_in_it() {
    let mut world = logged("");
    let id = begin(&world);
    on(&world, 0, |d| drop(d.visit_view(id, None).expect("open")));
    on(&world, 2_000, |d| answer(d, id, "leader", "Karto"));
    on(&world, 1_000, |d| page(d, id, "place"));
    on(&world, 5_000, |d| answer(d, id, "families", "12"));
    world.restart(0);
    on(&world, 60_000, |d| {
        drop(d.visit_view(id, None).expect("open"))
    });
    on(&world, 1_000, |d| d.close_visit(id).expect("put down"));
    on(&world, 9_000, |d| {
        drop(d.visit_view(id, Some("place")).expect("open"))
    });
    // The clock is put back an hour: the log does not run backwards.
    on(&world, -3_600_000, |d| answer(d, id, "families", "14"));
    on(&world, 1_000, |d| d.submit(id, Whole::Visit).expect("done"));
    let seen = lines(&at_server(&mut world, id));
    assert_eq!(
        seen,
        [
            "form start,,0,",
            "question,/data/leader,0,3",
            "group questions,/data/place,3,8",
            "form resume,,68,",
            "group questions,/data/place,68,69",
            "form save,,69,",
            "form exit,,69,",
            "form resume,,78,",
            "group questions,/data/place,78,78",
            "form save,,78,",
            "form exit,,78,",
            "form finalize,,78,",
        ]
    );
}

#[test]
fn the_log_asks_who_fills_in_and_why_a_finished_form_is_changed() {
    let mut world = logged("identify-user=true track-changes-reasons=on-form-edit");
    let id = begin(&world);
    on(&world, 0, |d| {
        let view = d.visit_view(id, None).expect("open");
        assert!(view.audit.expect("a log").identify);
        assert_eq!(
            d.submit(id, Whole::Visit).expect_err("nobody").code,
            "name_needed"
        );
        assert_eq!(
            d.visit_identify(id, "  ").expect_err("nobody").code,
            "name_needed"
        );
        d.visit_identify(id, " Siti ").expect("named");
        let view = d.visit_view(id, Some("place")).expect("a page");
        assert!(!view.audit.expect("a log").identify);
        answer(d, id, "families", "12");
        assert!(
            !d.visit_summary(id, Whole::Visit)
                .expect("summary")
                .reason_needed
        );
        d.submit(id, Whole::Visit).expect("done");
    });
    let first = at_server(&mut world, id);
    assert_eq!(
        first.lines().next(),
        Some("event,node,start,end,user,change-reason")
    );
    assert!(
        first.lines().skip(1).all(|line| line.contains(",Siti,")),
        "{first}"
    );

    on(&world, 60_000, |d| {
        d.visit_view(id, None).expect("open again");
        d.visit_identify(id, "Budi").expect("named");
        answer(d, id, "families", "13");
        assert!(
            d.visit_summary(id, Whole::Visit)
                .expect("summary")
                .reason_needed
        );
        assert_eq!(
            d.submit(id, Whole::Visit).expect_err("why").code,
            "reason_needed"
        );
        assert_eq!(
            d.visit_reason(id, "x").expect_err("short").code,
            "reason_needed"
        );
        d.visit_reason(id, "salah hitung").expect("kept");
        d.submit(id, Whole::Visit).expect("done");
    });
    let second = at_server(&mut world, id);
    assert!(second.contains("change reason,,"), "{second}");
    assert!(second.contains(",Budi,salah hitung\n"), "{second}");
    assert!(!second.contains("Siti"), "each sitting has its own log");
}

#[test]
fn positions_stand_beside_the_events_as_long_as_they_are_young_enough() {
    let mut world =
        logged("location-priority=balanced location-min-interval=10 location-max-age=60");
    let id = begin(&world);
    on(&world, 0, |d| {
        let view = d.visit_view(id, None).expect("open");
        let location = view.audit.and_then(|a| a.location).expect("positions");
        assert_eq!((location.interval, location.max_age), (10, 60));
        d.visit_log(id, VisitEvent::LocationTrackingEnabled)
            .expect("kept");
    });
    on(&world, 5_000, |d| d.audit_position(-5.36, 105.1, 8.0));
    on(&world, 1_000, |d| page(d, id, "place"));
    on(&world, 100_000, |d| page(d, id, "wells"));
    on(&world, 0, |d| d.submit(id, Whole::Visit).expect("done"));
    let seen = lines(&at_server(&mut world, id));
    assert_eq!(
        seen,
        [
            "form start,,0,,,,",
            "question,/data/leader,0,6,-5.36,105.1,8",
            "location tracking enabled,,0,,,,",
            "group questions,/data/place,6,106,-5.36,105.1,8",
            "group questions,/data/wells,106,106,,,",
            "form save,,106,,,,",
            "form exit,,106,,,,",
            "form finalize,,106,,,,",
        ]
    );
}

#[test]
fn a_form_without_an_audit_keeps_no_log() {
    let world = world(1);
    let form = FORM.replace("| | audit | audit | | PARAMETERS |\n", "");
    publish(&world.server, form.as_bytes(), &[]);
    let mut world = world;
    send(&mut world);
    let id = begin(&world);
    on(&world, 0, |d| {
        assert_eq!(d.visit_view(id, None).expect("open").audit, None);
        answer(d, id, "families", "12");
        assert!(d.store().audit_events(id).expect("events").is_empty());
        d.submit(id, Whole::Visit).expect("done");
    });
    assert_eq!(name(&world, id), None);
}

#[test]
fn every_part_of_a_background_recording_is_kept_and_reaches_the_server() {
    let mut world = logged("");
    let id = begin(&world);
    let sound: FieldPath = "sound".parse().expect("a path");
    let part = |n: u8| [b"\x1a\x45\xdf\xa3 a sound ".as_slice(), &[n; 40]].concat();
    let attach = |d: &mut Device, n: u8| {
        let done = d.attach(id, &sound, "rekaman.webm", &part(n));
        done.expect("kept")
    };
    let one = on(&world, 0, |d| {
        let audio = d.visit_view(id, None).expect("open").background_audio;
        let audio = audio.expect("a recording");
        assert_eq!((audio.quality.as_str(), audio.parts), ("low", 0));
        let one = attach(d, 1);
        assert_eq!(attach(d, 1), one, "the same part twice is one part");
        one
    });
    world.restart(0);
    let two = on(&world, 1_000, |d| attach(d, 2));
    on(&world, 0, |d| {
        let audio = d.visit_view(id, None).expect("open").background_audio;
        assert_eq!(audio.expect("a recording").parts, 2);
        let refused = d.attach(id, &sound, "a.webm", b"no sound at all");
        assert_eq!(refused.expect_err("refused").code, "not_a_sound");
        d.submit(id, Whole::Visit).expect("done");
    });
    send(&mut world);
    let state = on(&world, 0, |d| d.state(id).expect("a record"));
    assert_eq!(state.answer("sound"), format!("{one} {two}"));
    for (name, n) in [(one, 1), (two, 2)] {
        let hash = hex::decode(&name["sha256:".len()..]).expect("hex");
        let hash = hash.try_into().expect("32 bytes");
        assert_eq!(world.server.photo(&hash).expect("shelf"), Some(part(n)));
    }
}
