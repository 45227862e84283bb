//! Questionnaires change while people work.

use crate::{answer, complete, first, world};
use lawang_app::{AppError, CancelToken, Transport, Whole, exchange};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_sync::{Envelope, LinkFailure, Request, Response, Stage, decode, encode};
use lawang_tests::{
    forms::{needs, publish, visit, workbook},
    network::{Faults, Network},
    world::{NOW, World, form},
};

fn second(world: &World) -> HouseholdId {
    world.tablets[0]
        .device
        .lock()
        .expect("a device")
        .all_households()
        .expect("list")[1]
}

fn version(world: &World, tablet: usize, household: HouseholdId) -> String {
    let mut device = world.tablets[tablet].device.lock().expect("a device");
    let view = device.visit_view(household, None).expect("a visit");
    view.form_version
}

fn send(world: &mut World, tablet: usize) {
    let report = world.exchange(tablet, Faults::default()).expect("exchange");
    assert!(report.agreed && report.refused == 0);
}

fn flags(world: &World, household: HouseholdId) -> Vec<(String, String)> {
    let mut found = Vec::new();
    world
        .server
        .households(None, false, &mut |line| {
            if line.household == household {
                found = line.flags.into_iter().map(|f| (f.code, f.field)).collect();
            }
            Ok(())
        })
        .expect("list");
    found
}

fn versions(world: &World, tablet: usize, id: &str) -> Vec<String> {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let forms = device.forms().expect("forms");
    forms
        .into_iter()
        .find(|f| f.form == id)
        .map(|f| f.versions)
        .unwrap_or_default()
}

#[test]
fn a_version_published_while_a_visit_is_open_does_not_disturb_it_and_the_next_visit_uses_it() {
    let mut world = world(1);
    let (open, next) = (first(&world), second(&world));
    let old = form().version().to_owned();
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        answer(&mut device, open, "household_status", "1");
        answer(&mut device, open, "enumeration_result", "1");
    }
    publish(&world.server, &visit("9001", &[], &[]), &[]);
    send(&mut world, 0);
    assert_eq!(version(&world, 0, open), old);
    assert_eq!(version(&world, 0, next), "9001");
    world.restart(0);
    assert_eq!(version(&world, 0, open), old, "also after a restart");
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        complete(&mut device, open);
        device.submit(open, Whole::Visit).expect("submitted");
        answer(&mut device, next, "water", "sumur");
        device.submit(next, Whole::Visit).expect("submitted");
    }
    send(&mut world, 0);
    assert_eq!(
        flags(&world, open),
        [],
        "read with the version that it names"
    );
    assert_eq!(flags(&world, next), []);
    assert_eq!(
        version(&world, 0, open),
        "9001",
        "a new visit to the same family"
    );
}

#[test]
fn an_old_version_stays_while_an_open_or_unsent_visit_needs_it_and_goes_afterwards() {
    let mut world = world(1);
    publish(&world.server, &visit("9001", &[], &[]), &[]);
    send(&mut world, 0);
    let household = first(&world);
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        answer(&mut device, household, "water", "sumur");
    }
    publish(&world.server, &visit("9002", &[], &[]), &[]);
    send(&mut world, 0);
    let built_in = form().version().to_owned();
    assert_eq!(
        versions(&world, 0, "household_visit"),
        [built_in.as_str(), "9001", "9002"]
    );
    world.tablets[0]
        .device
        .lock()
        .expect("a device")
        .submit(household, Whole::Visit)
        .expect("submitted");
    // It is finished and not sent: what comes in meanwhile must not take its version away.
    assert_eq!(versions(&world, 0, "household_visit").len(), 3);
    publish(&world.server, &visit("9003", &[], &[]), &[]);
    send(&mut world, 0);
    // The one before the current one stays: answers to it are shown in its words.
    assert_eq!(
        versions(&world, 0, "household_visit"),
        [built_in.as_str(), "9002", "9003"]
    );
    assert_eq!(flags(&world, household), []);
}

#[test]
fn what_a_newer_version_asked_survives_a_device_that_works_with_an_older_one() {
    let mut world = world(2);
    let household = first(&world);
    // The second device has its visit open before the new version comes, and goes on with the old one.
    {
        let mut device = world.tablets[1].device.lock().expect("a device");
        answer(&mut device, household, "household_status", "1");
    }
    publish(
        &world.server,
        &visit("9001", &["text,road,Jalan,,"], &[]),
        &[],
    );
    send(&mut world, 0);
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        answer(&mut device, household, "water", "sumur");
        answer(&mut device, household, "road", "berlubang");
        device.submit(household, Whole::Visit).expect("submitted");
    }
    send(&mut world, 0);
    send(&mut world, 1);
    assert_eq!(version(&world, 1, household), form().version());
    {
        let mut device = world.tablets[1].device.lock().expect("a device");
        let unknown = device
            .answer(
                household,
                &FieldPath::household("road"),
                "mulus",
                Whole::Visit,
            )
            .expect_err("this version does not ask it");
        assert_eq!(unknown.code, "no_such_field");
        answer(&mut device, household, "enumeration_result", "1");
        complete(&mut device, household);
        device.submit(household, Whole::Visit).expect("submitted");
    }
    for tablet in [1, 0] {
        send(&mut world, tablet);
    }
    for tablet in &world.tablets {
        let device = tablet.device.lock().expect("a device");
        let state = device.state(household).expect("state");
        assert_eq!(
            (state.answer("road"), state.answer("household_status")),
            ("berlubang", "1")
        );
    }
    let on_server = world.server.household(household).expect("read");
    assert_eq!(on_server.expect("there").answer("road"), "berlubang");
}

#[test]
fn answers_carry_over_by_name_and_what_no_longer_fits_is_said() {
    let mut world = world(1);
    let household = first(&world);
    let materials = |last: &str| {
        ["1,Marmer", "2,Keramik", last]
            .map(|line| format!("floors,{line}"))
            .to_vec()
    };
    let survey = |income: &str, rooms: &str, school: bool| {
        let mut lines = vec![
            "select_one floors,floor_kind,Lantai,,".to_owned(),
            format!("integer,income,Pendapatan,,{income}"),
            format!("{rooms},rooms,Kamar,,"),
        ];
        if school {
            lines.push("text,school,Sekolah,,".to_owned());
        }
        lines
    };
    let book = |version: &str, survey: Vec<String>, choices: Vec<String>| {
        let survey: Vec<&str> = survey.iter().map(String::as_str).collect();
        let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
        visit(version, &survey, &choices)
    };
    let before = book(
        "9001",
        survey(". < 1000", "text", true),
        materials("8,Tanah"),
    );
    publish(&world.server, &before, &[]);
    send(&mut world, 0);
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        for (key, value) in [
            ("water", "sumur"),
            ("floor_kind", "8"),
            ("income", "500"),
            ("rooms", "2 besar"),
            ("school", "SDN 1"),
        ] {
            answer(&mut device, household, key, value);
        }
        device.submit(household, Whole::Visit).expect("submitted");
        assert!(
            device
                .carry_over(household)
                .expect("report")
                .problems
                .is_empty()
        );
    }
    let after = book(
        "9002",
        survey(". < 100", "integer", false),
        materials("9,Lainnya"),
    );
    publish(&world.server, &after, &[]);
    send(&mut world, 0);
    let mut device = world.tablets[0].device.lock().expect("a device");
    let report = device.carry_over(household).expect("report");
    assert_eq!(
        (report.from_version.as_str(), report.to_version.as_str()),
        ("9001", "9002")
    );
    let found: Vec<_> = report
        .problems
        .iter()
        .map(|p| (p.path.as_str(), p.reason.as_str(), p.value.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("floor_kind", "choice_gone", "Tanah"),
            ("income", "value_invalid", "500"),
            ("rooms", "type_changed", "2 besar"),
            ("school", "question_gone", "SDN 1"),
        ]
    );
    assert!(
        report
            .problems
            .iter()
            .all(|p| !p.label.is_empty() && !p.message.is_empty())
    );
    assert!(report.carried >= 1, "water fits");
    // The visit says the same, until the questions are answered anew.
    let view = device.visit_view(household, None).expect("a visit");
    assert_eq!(view.form_version, "9002");
    assert_eq!(view.carry_over.expect("a notice").problems.len(), 4);
    let water = view.page.items.iter().find(|i| i.path == "water");
    assert_eq!(water.map(|i| i.value.as_str()), Some("sumur"));
    assert_eq!(
        device
            .submit(household, Whole::Visit)
            .expect_err("not yet")
            .code,
        "incomplete"
    );
    for (key, value) in [("floor_kind", "9"), ("income", "50"), ("rooms", "2")] {
        answer(&mut device, household, key, value);
    }
    let view = device.visit_view(household, None).expect("a visit");
    let left: Vec<_> = view.carry_over.expect("a notice").problems;
    assert_eq!(left.len(), 1, "{left:?}");
    device.submit(household, Whole::Visit).expect("submitted");
    assert_eq!(
        device.state(household).expect("state").answer("school"),
        "SDN 1",
        "kept"
    );
}

/// A list that does not compress.
fn schools(lines: u32) -> Vec<u8> {
    let mut out = "name,label\n".to_owned();
    let mut noise = 7u64;
    for n in 0..lines {
        noise = noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        out += &format!("{n},{noise:x}\n");
    }
    out.into_bytes()
}

fn publish_with_list(world: &World) -> u64 {
    let bytes = workbook(
        "schools",
        "1",
        &["select_one_from_file list.csv,school,Sekolah,,"],
        &[],
    );
    let done = publish(
        &world.server,
        &bytes,
        &[("list.csv", schools(9_000)), ("other.csv", schools(9))],
    );
    assert_eq!(
        done.files,
        ["list.csv"],
        "what is not referred to stays at home"
    );
    assert!(done.bytes > 20_000, "{}", done.bytes);
    done.bytes as u64
}

/// Exchanges until so many pieces of a questionnaire were asked for, then stops.
fn interrupted(world: &mut World, pieces: u32) -> Option<AppError> {
    let cancel = CancelToken::default();
    let tablet = &mut world.tablets[0];
    let (mut injected, mut seen) = (Default::default(), Vec::new());
    let network = Network {
        server: &world.server,
        device: tablet.id,
        chance: &mut world.chance,
        faults: Faults {
            cut_above: Some(2_000),
            ..Faults::default()
        },
        now: NOW,
        seen: &mut seen,
        injected: &mut injected,
    };
    struct Counting<'a> {
        network: Network<'a>,
        asked: u32,
        last: Option<u64>,
        pieces: u32,
        cancel: CancelToken,
    }
    impl Transport for Counting<'_> {
        fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
            let envelope: Option<Envelope> = decode(message);
            if let Some(Request::Form(request)) = envelope.map(|e| e.request)
                && self.last != Some(request.offset)
            {
                // The same piece again after a cut is no other piece.
                self.last = Some(request.offset);
                self.asked += 1;
                if self.asked > self.pieces {
                    self.cancel.cancel();
                }
            }
            self.network.call(message)
        }
        fn pause(&mut self, _: u64, _: &CancelToken) {}
    }
    let mut counting = Counting {
        network,
        asked: 0,
        last: None,
        pieces,
        cancel: cancel.clone(),
    };
    exchange(&tablet.device, &mut counting, &cancel, |_, _| ()).err()
}

fn under_way(world: &World) -> i64 {
    let device = world.tablets[0].device.lock().expect("a device");
    device
        .store()
        .raw()
        .query_row(
            "SELECT coalesce(sum(length(body)), 0) FROM form_part",
            [],
            |r| r.get(0),
        )
        .expect("sum")
}

#[test]
fn a_download_that_is_interrupted_goes_on_at_the_next_exchange_where_it_was() {
    let mut world = world(1);
    let total = publish_with_list(&world);
    let mut before = 0;
    for round in 0..3 {
        let stopped = interrupted(&mut world, 3).expect("stopped");
        assert_eq!(stopped.code, "cancelled");
        let now = under_way(&world);
        assert!(now > before, "round {round}: {now} bytes");
        before = now;
        assert!(versions(&world, 0, "schools").is_empty());
        world.restart(0);
        assert_eq!(under_way(&world), before, "what came is on disk");
    }
    let report = world
        .exchange(
            0,
            Faults {
                cut_above: Some(2_000),
                ..Faults::default()
            },
        )
        .expect("finished");
    assert!(report.agreed);
    assert_eq!(versions(&world, 0, "schools"), ["1"]);
    assert_eq!(under_way(&world), 0);
    let (down, rest) = (report.progress.bytes_down, total - before.unsigned_abs());
    assert!(
        rest > 0 && down > rest && down < total,
        "{down} for {rest} of {total}"
    );
    let mut device = world.tablets[0].device.lock().expect("a device");
    let village = lawang_tests::prelist::VILLAGE;
    let id = device.new_survey("schools", village).expect("begun");
    answer(&mut device, id, "school", "8999");
}

#[test]
fn a_package_that_came_damaged_is_thrown_away_and_fetched_again() {
    let mut world = world(1);
    publish_with_list(&world);
    interrupted(&mut world, 4);
    world.tablets[0]
        .device
        .lock()
        .expect("a device")
        .store()
        .raw()
        .execute("UPDATE form_part SET body = zeroblob(length(body))", [])
        .expect("damaged");
    send(&mut world, 0);
    assert_eq!(versions(&world, 0, "schools"), ["1"]);
    assert_eq!(under_way(&world), 0);
}

/// A server from before questionnaires travelled.
struct OldServer<'a>(Network<'a>);

impl Transport for OldServer<'_> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        let envelope: Envelope = decode(message).expect("a request");
        assert!(
            !matches!(envelope.request, Request::Form(_)),
            "it does not know this request"
        );
        let answer = self.0.call(message)?;
        Ok(match decode(&answer) {
            Some(Response::Hello(mut reply)) => {
                reply.forms = None;
                encode(&Response::Hello(reply))
            }
            _ => answer,
        })
    }
    fn pause(&mut self, _: u64, _: &CancelToken) {}
}

#[test]
fn a_server_that_knows_nothing_of_questionnaires_is_asked_for_none_and_all_else_works() {
    let mut world = world(1);
    publish(&world.server, &needs("1"), &[]);
    let household = first(&world);
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        answer(&mut device, household, "household_status", "1");
    }
    let tablet = &mut world.tablets[0];
    let (mut injected, mut seen) = (Default::default(), Vec::new());
    let mut old = OldServer(Network {
        server: &world.server,
        device: tablet.id,
        chance: &mut world.chance,
        faults: Faults::default(),
        now: NOW,
        seen: &mut seen,
        injected: &mut injected,
    });
    let mut stages = Vec::new();
    let report = exchange(
        &tablet.device,
        &mut old,
        &CancelToken::default(),
        |stage, _| {
            stages.push(stage);
        },
    )
    .expect("an exchange");
    assert!(report.agreed && report.pushed == 1 && stages.contains(&Stage::Checking));
    assert!(versions(&world, 0, "village_needs").is_empty());
}
