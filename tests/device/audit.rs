//! The log of how a form is filled in, positions that nobody types, and recordings beside the questions.

use lawang_app::{Device, Whole};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_forms::{Form, compile};
use lawang_records::VISITS;
use lawang_store::{Identity, Store};
use lawang_tests::{
    forms::publish,
    network::Faults,
    prelist::VILLAGE,
    world::{FakeEnvironment, scope},
};
use std::sync::Arc;

struct Desk {
    device: Device,
    clock: Arc<FakeEnvironment>,
    household: HouseholdId,
    form: Arc<Form>,
}

fn identity() -> Identity {
    Identity {
        database_key: [1; 32],
        signing_seed: [2; 32],
        device: uuid::Uuid::from_u128(3),
        server: uuid::Uuid::from_u128(4),
        server_key: [5; 32],
        address: "http://127.0.0.1:1".into(),
        person: "Siti".into(),
        role: "enumerator".into(),
    }
}

fn desk(markdown: &str) -> Desk {
    let compiled = compile(markdown.as_bytes(), "form.md").unwrap_or_else(|p| panic!("{p:?}"));
    let form = Arc::new(compiled.form);
    let mut store = Store::in_memory().expect("a store");
    store
        .transact(|tx| Store::set_scope(tx, &[scope(VILLAGE)]))
        .expect("scope");
    let clock = FakeEnvironment::new(8);
    let mut device = Device::new(store, identity(), form.clone(), clock.clone()).expect("a device");
    let household = device.add_household(VILLAGE).expect("a record");
    Desk {
        device,
        clock,
        household,
        form,
    }
}

impl Desk {
    fn open(&mut self, page: &str) {
        self.device
            .visit_view(self.household, Some(page))
            .expect("a page");
    }

    fn wait(&self, seconds: i64) {
        self.clock.advance(seconds * 1000);
    }

    fn answer(&mut self, path: &str, value: &str) {
        super::answer(&mut self.device, self.household, path, value);
    }

    fn value(&mut self, path: &str) -> String {
        let path: FieldPath = path.parse().expect("a path");
        self.device
            .state(self.household)
            .expect("a state")
            .text(&path)
            .to_owned()
    }

    /// Event and node of the log.
    fn events(&self) -> Vec<(String, String)> {
        let events = self.device.store().events(self.household).expect("a log");
        events.into_iter().map(|e| (e.event, e.node)).collect()
    }

    /// The program is killed and starts again.
    fn killed(self) -> Self {
        let Self {
            device,
            clock,
            household,
            form,
        } = self;
        let device = Device::new(device.into_store(), identity(), form.clone(), clock.clone())
            .expect("it starts again");
        Self {
            device,
            clock,
            household,
            form,
        }
    }

    /// The log as it stands in the record.
    fn file(&mut self) -> Option<String> {
        let state = self.device.state(self.household).expect("a state");
        let visit = *state.of(VISITS).first()?;
        let value = state
            .text(&FieldPath::of(VISITS, visit, "audit"))
            .to_owned();
        let file = self.device.attachment(&value).ok()?;
        assert_eq!(
            (file.name.as_str(), file.mime.as_str()),
            ("audit.csv", "text/csv")
        );
        let body = file.url.split_once(";base64,")?.1;
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, body);
        Some(String::from_utf8(bytes.expect("base64")).expect("text"))
    }
}

const LOGGED: &str = "
| survey |
| | type | name | label | parameters | constraint |
| | audit | audit | | track-changes=true identify-user=true track-changes-reasons=on-form-edit location-priority=balanced location-min-interval=10 location-max-age=60 | |
| | begin_group | who | Who | | |
| | text | name | Name | | |
| | text | nik | NIK | | |
| | end_group | | | | |
| | begin_group | home | Home | | |
| | integer | rooms | Rooms | | . < 20 |
| | end_group | | | | |
| | begin_repeat | child | Child | | |
| | text | called | Called | | |
| | end_repeat | | | | |";

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(event, node)| ((*event).to_owned(), (*node).to_owned()))
        .collect()
}

#[test]
fn a_form_with_an_audit_is_logged_from_opening_to_submitting_and_the_log_goes_with_the_visit() {
    let mut desk = desk(LOGGED);
    let home = desk.household;
    desk.open("who");
    let refused = desk
        .device
        .answer(home, &"name".parse().expect("a path"), "Ani", Whole::Visit)
        .expect_err("nobody has said who fills it in");
    assert_eq!(refused.code, "name_needed");
    desk.device.identify(home, " Budi, S.Sos ").expect("a name");
    desk.open("who");
    desk.device
        .locate(home, Some([-5.36, 105.1, 30.0, 4.5]), "")
        .expect("a place");
    desk.wait(2);
    desk.answer("name", "Ani");
    desk.answer("nik", "1809010101209001");
    desk.wait(3);
    desk.open("home");
    desk.wait(90);
    desk.answer("rooms", "25");
    desk.answer("rooms", "5");
    desk.device.log_other_screen(home, "jump").expect("jump");
    desk.wait(1);
    desk.open("child");
    let child = desk
        .device
        .add_instance(home, "child", None)
        .expect("added");
    desk.open(&format!("child/{child}/_called"));
    desk.answer(&format!("child/{child}/called"), "Rina");
    desk.open("child");
    desk.device
        .remove_instance(home, "child", child, true, "salah")
        .expect("removed");
    desk.device
        .log_other_screen(home, "end screen")
        .expect("end screen");
    desk.device.submit(home, Whole::Visit).expect("submitted");

    let file = desk.file().expect("the log is a file of the visit");
    let lines: Vec<Vec<&str>> = file.lines().map(|l| l.split(',').collect()).collect();
    assert_eq!(
        lines[0].join(","),
        "event,node,start,end,latitude,longitude,accuracy,old-value,new-value,user,change-reason"
    );
    let seen: Vec<(&str, &str)> = lines[1..].iter().map(|l| (l[0], l[1])).collect();
    assert_eq!(
        seen,
        [
            ("form start", ""),
            ("group questions", "/data/who"),
            ("location tracking enabled", ""),
            ("question", "/data/who/name"),
            ("question", "/data/who/nik"),
            ("question", "/data/home/rooms"),
            ("constraint error", "/data/home/rooms"),
            ("jump", ""),
            ("add repeat", "/data/child[1]"),
            ("question", "/data/child[1]/called"),
            ("add repeat", "/data/child[2]"),
            ("delete repeat", "/data/child[1]"),
            ("end screen", ""),
            ("form save", ""),
            ("form exit", ""),
            ("form finalize", ""),
        ],
        "{file}"
    );
    let seconds = |line: &[&str]| {
        let at = |i: usize| line[i].parse::<i64>().expect("milliseconds");
        (at(3) - at(2)) / 1000
    };
    assert_eq!(seconds(&lines[2]), 5, "{file}");
    assert_eq!(seconds(&lines[6]), 90, "{file}");
    assert!(file.contains(",-5.36,105.1,4.5,,Ani,"), "{file}");
    assert!(file.contains("\"Budi, S.Sos\""), "{file}");
    // Too old to say where the rooms were counted.
    assert!(lines[7][4].is_empty() && lines[6][6] == "4.5", "{file}");
    assert!(!file.contains("1809010101209001"), "no number of a person");
    assert!(desk.events().is_empty(), "the rows became the file");
}

#[test]
fn the_log_survives_a_killed_program_and_goes_on_where_it_was() {
    let mut desk = desk(LOGGED);
    let home = desk.household;
    desk.open("who");
    desk.device.identify(home, "Budi").expect("a name");
    desk.open("who");
    desk.answer("name", "Ani");
    let before = desk.device.store().events(home).expect("a log");
    let mut desk = desk.killed();
    assert_eq!(desk.device.store().events(home).expect("a log"), before);
    assert_eq!(before.last().map(|e| e.new_value.as_str()), Some("Ani"));
    desk.device.identify(home, "Budi").expect("a name again");
    desk.open("home");
    assert_eq!(
        desk.events(),
        pairs(&[
            ("form start", ""),
            ("group questions", "/data/who"),
            ("question", "/data/who/name"),
            ("form resume", ""),
            ("question", "/data/home/rooms"),
        ])
    );
}

#[test]
fn what_is_changed_in_a_form_that_was_put_down_needs_a_reason_before_it_is_left() {
    let mut desk = desk(LOGGED);
    let home = desk.household;
    desk.open("who");
    desk.device.identify(home, "Budi").expect("a name");
    desk.open("who");
    desk.answer("name", "Ani");
    desk.device.leave_visit(home).expect("new: no reason");
    desk.open("who");
    desk.device.identify(home, "Budi").expect("a name again");
    desk.device.leave_visit(home).expect("nothing was changed");
    desk.open("who");
    desk.device.identify(home, "Budi").expect("a name again");
    desk.open("who");
    desk.answer("name", "Ana");
    let refused = desk.device.leave_visit(home).expect_err("a reason");
    assert_eq!(refused.code, "change_reason_needed");
    assert!(desk.device.give_reason(home, "  ").is_err());
    desk.device
        .give_reason(home, "salah tulis")
        .expect("a reason");
    desk.device.leave_visit(home).expect("left");
    let log = desk.device.store().events(home).expect("a log");
    let reason = log.iter().find(|e| e.event == "change reason");
    assert_eq!(reason.map(|e| e.reason.as_str()), Some("salah tulis"));
    assert_eq!(log.last().map(|e| e.event.as_str()), Some("form exit"));
}

#[test]
fn a_form_that_is_opened_and_left_untouched_leaves_no_log_and_one_without_an_audit_writes_none() {
    let mut logged = desk(LOGGED);
    logged.open("who");
    logged
        .device
        .identify(logged.household, "Budi")
        .expect("a name");
    logged.open("who");
    assert!(!logged.events().is_empty());
    logged.device.leave_visit(logged.household).expect("left");
    assert!(logged.events().is_empty());

    let mut plain = desk("| survey |\n| | type | name | label |\n| | text | name | Name |");
    plain.open("");
    plain.answer("name", "Ani");
    assert!(plain.events().is_empty());
    plain
        .device
        .submit(plain.household, Whole::Visit)
        .expect("submitted");
    assert_eq!(plain.file(), None);
}

const PLACED: &str = "
| survey |
| | type | name | label | trigger |
| | start-geopoint | begun_at | | |
| | text | name | Name | |
| | integer | age | Age | |
| | background-geopoint | named_at | | ${name} |
| | calculate | copied | | |";

#[test]
fn the_place_is_kept_when_the_triggering_answer_changes_and_a_killed_program_remembers_it() {
    let markdown = PLACED.replace("| | calculate | copied | | |", "");
    let mut desk = desk(&markdown);
    let home = desk.household;
    desk.open("");
    desk.device
        .locate(home, Some([-5.36, 105.1, 30.0, 12.0]), "")
        .expect("a place");
    assert!(
        desk.device
            .store()
            .entries(home)
            .expect("entries")
            .is_empty(),
        "opening a form is no answer"
    );
    desk.answer("age", "30");
    desk.device
        .locate(home, Some([-5.37, 105.2, 31.0, 5.0]), "")
        .expect("a place");
    desk.answer("name", "Ani");
    let mut desk = desk.killed();
    desk.open("");
    desk.device.close_visit(home).expect("a change");
    assert_eq!(desk.value("begun_at"), "-5.36 105.1 30 12");
    assert_eq!(desk.value("named_at"), "-5.37 105.2 31 5");

    // Without a fresh position it waits for the next one.
    desk.open("");
    desk.wait(600);
    desk.answer("name", "Ana");
    desk.device
        .locate(home, Some([-5.38, 105.3, 32.0, 5.0]), "")
        .expect("a place");
    desk.device.close_visit(home).expect("a change");
    assert_eq!(desk.value("named_at"), "-5.38 105.3 32 5");
}

#[test]
fn a_recording_beside_the_questions_is_kept_like_an_answer_and_nothing_else_may_be_put_there() {
    let mut desk = desk(
        "| survey |
| | type | name | label | parameters |
| | background-audio | voice | | quality=low |
| | text | name | Name | |",
    );
    let home = desk.household;
    let view = desk.device.visit_view(home, None).expect("a page");
    let wanted = view.background.record.expect("a recording is wanted");
    assert_eq!(
        (wanted.path.as_str(), wanted.quality.as_str(), wanted.stored),
        ("voice", "low", false)
    );
    let path: FieldPath = "voice".parse().expect("a path");
    let sound = b"OggS\0\x02\0\0\0\0\0\0\0\0";
    desk.answer("name", "Ani");
    let value = desk
        .device
        .attach(home, &path, "kunjungan.ogg", sound)
        .expect("kept");
    assert!(
        desk.device
            .answer(home, &path, "typed", Whole::Visit)
            .is_err()
    );
    desk.device.submit(home, Whole::Visit).expect("submitted");
    assert_eq!(desk.value("voice"), value);
}

fn hash(value: &str) -> [u8; 32] {
    let digits = value.strip_prefix("sha256:").expect("a hash");
    hex::decode(digits)
        .expect("hexadecimal")
        .try_into()
        .expect("32 bytes")
}

#[test]
fn the_log_and_every_part_of_a_recording_reach_the_server_though_the_program_is_killed_between() {
    let mut world = crate::world(1);
    let form = "| survey |
| | type | name | label | parameters |
| | audit | audit | | |
| | background-audio | voice | | quality=low |
| | text | word | Kata | |
| settings |
| | form_id | version |
| | heard | 1 |
";
    publish(&world.server, form.as_bytes(), &[]);
    world.exchange(0, Faults::default()).expect("exchange");
    let voice: FieldPath = "voice".parse().expect("a path");
    let part = |n: u8| [b"\x1a\x45\xdf\xa3 a sound ".as_slice(), &[n; 40]].concat();
    let (id, one) = {
        let mut device = world.tablets[0].device.lock().expect("a device");
        let id = device.new_survey("heard", VILLAGE).expect("begun");
        device.visit_view(id, None).expect("a page");
        super::answer(&mut device, id, "word", "air");
        let attach = |device: &mut Device, n: u8| {
            let kept = device.attach(id, &voice, "rekaman.webm", &part(n));
            kept.expect("kept")
        };
        let one = attach(&mut device, 1);
        assert_eq!(attach(&mut device, 1), one, "the same part twice is one");
        (id, one)
    };
    world.restart(0);
    let (two, log) = {
        let mut device = world.tablets[0].device.lock().expect("a device");
        let view = device.visit_view(id, None).expect("a page");
        assert!(view.background.record.expect("wanted").stored);
        let two = device
            .attach(id, &voice, "rekaman.webm", &part(2))
            .expect("kept");
        device.submit(id, Whole::Visit).expect("submitted");
        let state = device.state(id).expect("a state");
        assert_eq!(state.answer("voice"), format!("{one} {two}"));
        let visit = *state.of(VISITS).first().expect("a visit");
        let log = state.text(&FieldPath::of(VISITS, visit, "audit"));
        (two, log.to_owned())
    };
    let report = world.exchange(0, Faults::default()).expect("exchange");
    assert!(report.agreed && report.refused == 0);
    for (value, n) in [(one, 1), (two, 2)] {
        let body = world.server.photo(&hash(&value)).expect("the shelf");
        assert_eq!(body, Some(part(n)));
    }
    let body = world.server.photo(&hash(&log)).expect("the shelf");
    let text = String::from_utf8(body.expect("it came")).expect("text");
    let events: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split(',').next())
        .collect();
    assert_eq!(
        events,
        [
            "event",
            "form start",
            "question",
            "form resume",
            "question",
            "form save",
            "form exit",
            "form finalize",
        ]
    );
}
