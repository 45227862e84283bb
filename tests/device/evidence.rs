//! What a proposal for removal rests on: photos and documents go with it, are bound to it, and go when they have to.

use crate::{
    complete,
    desk::{DESK, compare, everybody, others, village, visit, with},
    hubs::QUIET,
};
use lawang_app::{Whole, views::EvidenceView};
use lawang_domain::{FieldPath, HouseholdId, Role};
use lawang_server::EraseTarget;
use lawang_tests::{
    hubs::HubWorld,
    network::Faults,
    picture::png,
    prelist::VILLAGE,
    world::{NOW, World, enrol_as},
};

/// Another verifier.
const OTHER: usize = 3;
pub const LETTER: &[u8] = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n%%EOF\n";

/// Two enumerators (0, 1) and two verifiers (2, 3), all with the list; a visit to the first family has come to the desks.
pub fn two_desks() -> (World, Vec<HouseholdId>) {
    let mut world = village();
    let role = Role::VillageVerifier;
    let other = enrol_as(&world.server, 79, &[VILLAGE], "Pak Tono", role);
    world.tablets.push(other);
    let all = others(&world);
    visit(&world, 0, all[0], &[("is_well_off", "1")]);
    everybody(&mut world);
    (world, all)
}

pub fn picture(number: u8) -> Vec<u8> {
    png(24, 24, &[number; 24 * 24 * 3])
}

pub fn keep(world: &World, household: HouseholdId, bytes: &[u8]) -> Vec<EvidenceView> {
    with(world, DESK, |device| {
        device.add_evidence(household, bytes).expect("kept")
    })
}

pub fn names(files: &[EvidenceView]) -> Vec<String> {
    files.iter().map(|file| file.file.clone()).collect()
}

pub fn propose(world: &World, tablet: usize, household: HouseholdId, files: &[String]) {
    let seen = compare(world, tablet, household).seen;
    with(world, tablet, |device| {
        device
            .desk_removal(household, &seen, "well_off", "dua mobil", "", files)
            .expect("proposed")
    });
}

/// What the proposal in force shows on a device.
fn shown(world: &World, tablet: usize, household: HouseholdId) -> Vec<EvidenceView> {
    let removal = compare(world, tablet, household).removal;
    removal.expect("a proposal").evidence
}

/// The bytes behind a name on a device, or why not.
fn bytes(world: &World, tablet: usize, file: &str) -> Result<String, &'static str> {
    with(world, tablet, |device| {
        device
            .attachment(file)
            .map(|data| data.url)
            .map_err(|error| error.code)
    })
}

pub fn hash(file: &str) -> [u8; 32] {
    let hex = file.strip_prefix("sha256:").expect("a hash");
    let bytes: Vec<u8> = (0..32)
        .map(|n| u8::from_str_radix(&hex[n * 2..n * 2 + 2], 16).expect("hex"))
        .collect();
    bytes.try_into().expect("32 bytes")
}

#[test]
fn photos_and_a_letter_go_with_a_proposal_and_nobody_can_change_what_was_shown() {
    let (mut world, all) = two_desks();
    let household = all[0];
    keep(&world, household, &picture(1));
    let files = names(&keep(&world, household, LETTER));
    propose(&world, DESK, household, &files);
    let kept = compare(&world, DESK, household).evidence_kept;
    assert!(kept.is_empty(), "they are the proposal's now");
    // The words arrive before the files do.
    with(&world, DESK, |device| {
        let held = "UPDATE photo SET state = 2 WHERE state = 0";
        assert_eq!(device.store().raw().execute(held, []).expect("held"), 2);
    });
    everybody(&mut world);
    for file in shown(&world, OTHER, household) {
        assert!(
            file.missing.starts_with("Bukti ini belum sampai"),
            "{file:?}"
        );
        assert_eq!(bytes(&world, OTHER, &file.file), Err("no_photo"));
    }
    with(&world, DESK, |device| {
        let free = "UPDATE photo SET state = 0 WHERE state = 2";
        device.store().raw().execute(free, []).expect("sent");
    });
    everybody(&mut world);
    let there = shown(&world, OTHER, household);
    assert_eq!(names(&there), files);
    let kinds: Vec<&str> = there.iter().map(|file| file.kind.as_str()).collect();
    assert_eq!(kinds, ["photo", "pdf"]);
    assert!(
        there.iter().all(|file| file.missing.is_empty()),
        "{there:?}"
    );
    for file in &files {
        let own = bytes(&world, DESK, file).expect("it was made there");
        assert_eq!(bytes(&world, OTHER, file), Ok(own));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let saved = with(&world, OTHER, |device| {
        device
            .save_evidence(household, &files[1], folder.path())
            .expect("saved")
    });
    assert!(saved.path.ends_with(".pdf") && !saved.path.contains(&there[1].file));
    assert_eq!(std::fs::read(&saved.path).expect("read"), LETTER);
    // Those who visit see that there is something, and get none of it.
    for file in shown(&world, 0, household) {
        assert!(file.missing.contains("perangkat pemeriksa"), "{file:?}");
        assert_eq!(bytes(&world, 0, &file.file), Err("no_photo"));
    }
    // Other bytes under the same name are none.
    with(&world, OTHER, |device| {
        let swap = "UPDATE photo SET body = x'255044462d312e37' WHERE mime = 'application/pdf'";
        assert_eq!(device.store().raw().execute(swap, []).expect("swapped"), 1);
    });
    assert_eq!(bytes(&world, OTHER, &files[1]), Err("no_photo"));
}

#[test]
fn what_is_kept_for_a_proposal_survives_a_restart_can_be_taken_out_and_goes_nowhere_before() {
    let (mut world, all) = two_desks();
    let household = all[0];
    keep(&world, household, &picture(1));
    keep(&world, household, &picture(1));
    let files = keep(&world, household, LETTER);
    assert_eq!(files.len(), 2, "the same photo twice is one");
    world.restart(DESK);
    let kept = compare(&world, DESK, household).evidence_kept;
    assert_eq!(kept, files);
    let left = with(&world, DESK, |device| {
        device
            .drop_evidence(household, &kept[0].file)
            .expect("taken out")
    });
    assert_eq!(left, files[1..]);
    everybody(&mut world);
    assert_eq!(
        world.server.photo(&hash(&left[0].file)).expect("read"),
        None
    );
    let seen = compare(&world, DESK, household).seen;
    with(&world, DESK, |device| {
        let gone = std::slice::from_ref(&kept[0].file);
        let error = device
            .desk_removal(household, &seen, "well_off", "dua mobil", "", gone)
            .expect_err("it was taken out");
        assert_eq!(error.code, "no_evidence");
    });
    propose(&world, DESK, household, &names(&left));
    everybody(&mut world);
    let there = world.server.photo(&hash(&left[0].file)).expect("read");
    assert_eq!(there.as_deref(), Some(LETTER));
}

#[test]
fn a_proposal_made_anew_goes_on_showing_what_was_shown_and_others_add_nothing_by_name_alone() {
    let (mut world, all) = two_desks();
    let household = all[0];
    let files = names(&keep(&world, household, LETTER));
    propose(&world, DESK, household, &files);
    everybody(&mut world);
    propose(&world, OTHER, household, &files);
    everybody(&mut world);
    assert_eq!(names(&shown(&world, DESK, household)), files);
    assert!(shown(&world, DESK, household)[0].missing.is_empty());
    // It is the first family's: nobody shows it for another one without having it.
    let seen = compare(&world, OTHER, all[1]).seen;
    with(&world, OTHER, |device| {
        let error = device
            .desk_removal(all[1], &seen, "well_off", "", "", &files)
            .expect_err("not kept for this family");
        assert_eq!(error.code, "no_evidence");
    });
}

#[test]
fn who_may_not_propose_keeps_no_evidence_and_an_eleventh_file_is_refused() {
    let (world, all) = two_desks();
    with(&world, 0, |device| {
        let error = device.add_evidence(all[0], LETTER).expect_err("no right");
        assert_eq!(error.code, "role_may_not");
    });
    for number in 0..10 {
        keep(&world, all[0], &picture(number));
    }
    with(&world, DESK, |device| {
        let error = device.add_evidence(all[0], LETTER).expect_err("too many");
        assert_eq!(error.code, "too_many_files");
        let (said, hint) = error.words("id");
        assert!(said.contains("sepuluh") && !hint.is_empty());
        let kept = device.add_evidence(all[0], &picture(3)).expect("the same");
        assert_eq!(kept.len(), 10);
    });
}

#[test]
fn an_erased_family_takes_its_evidence_along_and_a_letter_about_several_families_stays_theirs() {
    let (mut world, all) = two_desks();
    let (gone, stays) = (all[0], all[1]);
    keep(&world, gone, LETTER);
    let files = names(&keep(&world, gone, &picture(1)));
    propose(&world, DESK, gone, &files);
    let letter = names(&keep(&world, stays, LETTER));
    propose(&world, DESK, stays, &letter);
    keep(&world, gone, &picture(2));
    everybody(&mut world);
    assert!(bytes(&world, OTHER, &files[1]).is_ok());
    let said = ("request 4", "tests");
    world
        .server
        .erase(EraseTarget::Record(gone), said.0, said.1, NOW)
        .expect("erased");
    assert_eq!(world.server.photo(&hash(&files[1])).expect("read"), None);
    let there = world.server.photo(&hash(&letter[0])).expect("read");
    assert_eq!(there.as_deref(), Some(LETTER));
    everybody(&mut world);
    for tablet in [DESK, OTHER] {
        assert_eq!(bytes(&world, tablet, &files[1]), Err("no_photo"));
        assert!(bytes(&world, tablet, &letter[0]).is_ok(), "device {tablet}");
        let shown = shown(&world, tablet, stays);
        assert!(shown[0].missing.is_empty(), "{shown:?}");
    }
    with(&world, DESK, |device| {
        let sql = "SELECT count(*) FROM evidence_draft";
        let left: i64 = device
            .store()
            .raw()
            .query_row(sql, [], |r| r.get(0))
            .expect("a number");
        assert_eq!(left, 0, "what was kept and not proposed goes too");
    });
    // A device that hears of the letter only now gets it.
    let role = Role::VillageHead;
    let late = enrol_as(&world.server, 80, &[VILLAGE], "Pak Kades", role);
    world.tablets.push(late);
    everybody(&mut world);
    let late = world.tablets.len() - 1;
    assert!(bytes(&world, late, &letter[0]).is_ok());
}

#[test]
fn a_letter_that_the_district_let_go_of_with_an_erased_family_is_sent_anew_for_the_one_proposed_offline()
 {
    let (mut world, all) = two_desks();
    let (gone, stays) = (all[0], all[1]);
    let letter = names(&keep(&world, gone, LETTER));
    propose(&world, DESK, gone, &letter);
    everybody(&mut world);
    assert!(bytes(&world, OTHER, &letter[0]).is_ok());
    // Without a link: the same letter names another family, of which the district hears only after the erasure.
    let again = names(&keep(&world, stays, LETTER));
    assert_eq!(again, letter);
    propose(&world, DESK, stays, &again);
    let said = ("request 8", "tests");
    world
        .server
        .erase(EraseTarget::Record(gone), said.0, said.1, NOW)
        .expect("erased");
    assert_eq!(world.server.photo(&hash(&letter[0])).expect("read"), None);
    everybody(&mut world);
    let there = world.server.photo(&hash(&letter[0])).expect("read");
    assert_eq!(there.as_deref(), Some(LETTER));
    everybody(&mut world);
    for tablet in [DESK, OTHER] {
        let shown = shown(&world, tablet, stays);
        assert_eq!(names(&shown), letter);
        assert!(shown[0].missing.is_empty(), "device {tablet}: {shown:?}");
        assert!(bytes(&world, tablet, &letter[0]).is_ok(), "device {tablet}");
    }
}

#[test]
fn erasing_a_person_lets_go_of_the_evidence_of_the_family_and_the_proposal_stays() {
    let (mut world, all) = two_desks();
    let household = all[0];
    let files = names(&keep(&world, household, &picture(1)));
    propose(&world, DESK, household, &files);
    everybody(&mut world);
    // Made anew on a device that does not know of the erasure.
    let later = names(&keep(&world, household, &picture(2)));
    let member = with(&world, DESK, |device| {
        device.state(household).expect("state").of("members")[0]
    });
    propose(&world, DESK, household, &later);
    let said = ("request 5", "tests");
    world
        .server
        .erase(EraseTarget::Person(member), said.0, said.1, NOW)
        .expect("erased");
    assert_eq!(world.server.photo(&hash(&files[0])).expect("read"), None);
    everybody(&mut world);
    for tablet in [DESK, OTHER] {
        let removal = compare(&world, tablet, household).removal;
        let removal = removal.expect("the proposal is about the family");
        assert_eq!(removal.note, "dua mobil");
        assert!(removal.evidence.is_empty(), "{removal:?}");
        for file in files.iter().chain(&later) {
            assert_eq!(bytes(&world, tablet, file), Err("no_photo"));
        }
    }
    assert_eq!(world.server.photo(&hash(&later[0])).expect("read"), None);
}

#[test]
fn a_proposal_made_before_anything_of_an_erased_member_was_heard_of_promises_no_file_that_is_nowhere()
 {
    let (mut world, all) = two_desks();
    let household = all[0];
    // Somebody is taken in at the door, and erased before the desk has heard of them.
    let member = with(&world, 0, |device| {
        let id = device
            .add_member(household, Whole::Visit)
            .expect("taken in");
        let name = FieldPath::of("members", id, "name");
        let done = device.answer(household, &name, "JOKO PURNOMO", Whole::Visit);
        done.expect("answered");
        device.submit(household, Whole::Visit).map(|_| ()).ok();
        id
    });
    for _ in 0..2 {
        world.exchange(0, Faults::default()).expect("exchange");
    }
    let files = names(&keep(&world, household, &picture(4)));
    propose(&world, DESK, household, &files);
    assert_eq!(shown(&world, DESK, household).len(), 1);
    let said = ("request 9", "tests");
    world
        .server
        .erase(EraseTarget::Person(member), said.0, said.1, NOW)
        .expect("erased");
    everybody(&mut world);
    for tablet in [DESK, OTHER] {
        for file in names(&shown(&world, tablet, household)) {
            assert!(bytes(&world, tablet, &file).is_ok(), "device {tablet}");
        }
    }
}

#[test]
fn the_files_of_a_refused_proposal_wait_for_the_next_one_and_are_sent_with_it() {
    let (mut world, all) = two_desks();
    let household = all[0];
    let files = names(&keep(&world, household, &picture(6)));
    propose(&world, DESK, household, &files);
    // Meanwhile the office gives the verifier another role: the proposal is refused.
    let id = world.tablets[DESK].id;
    let role = |world: &World, role| {
        let done = world.server.change_device(id, Some(role), None);
        done.expect("another role");
    };
    role(&world, Role::Enumerator);
    for _ in 0..2 {
        world.exchange(DESK, Faults::default()).expect("exchange");
    }
    assert!(compare(&world, OTHER, household).removal.is_none());
    role(&world, Role::VillageVerifier);
    for _ in 0..2 {
        world.exchange(DESK, Faults::default()).expect("exchange");
    }
    let kept = compare(&world, DESK, household).evidence_kept;
    assert_eq!(
        names(&kept),
        files,
        "they are offered for the next proposal"
    );
    propose(&world, DESK, household, &files);
    everybody(&mut world);
    assert_eq!(names(&shown(&world, OTHER, household)), files);
    assert!(bytes(&world, OTHER, &files[0]).is_ok());
}

#[test]
fn evidence_is_withheld_while_somebody_of_the_family_is_restricted() {
    let (mut world, all) = two_desks();
    let household = all[0];
    let files = names(&keep(&world, household, LETTER));
    propose(&world, DESK, household, &files);
    everybody(&mut world);
    let member = with(&world, DESK, |device| {
        device.state(household).expect("state").of("members")[0]
    });
    let said = ("request 6", "tests");
    let restrict = |world: &World, on: bool| {
        world
            .server
            .restrict(household, Some(member), on, said, NOW)
            .expect("said")
    };
    restrict(&world, true);
    everybody(&mut world);
    let withheld = shown(&world, OTHER, household);
    assert!(withheld[0].missing.contains("dibatasi"), "{withheld:?}");
    assert_eq!(bytes(&world, OTHER, &files[0]), Err("no_photo"));
    restrict(&world, false);
    everybody(&mut world);
    assert!(bytes(&world, OTHER, &files[0]).is_ok());
}

/// An enumerator (0) and two verifiers (1, 2), who know the district and its hub.
fn hub_and_two_desks(seed: u64) -> HubWorld {
    let mut world = HubWorld::new(seed, 3, &[&[VILLAGE]]);
    for (seed, name) in [(98, "Ibu Sri"), (99, "Pak Tono")] {
        let role = Role::VillageVerifier;
        let desk = enrol_as(&world.district, seed, &[VILLAGE], name, role);
        world.tablets.push(desk);
    }
    world.upstream().expect("the hub's first exchange");
    for tablet in 0..3 {
        world.at_district(tablet, QUIET).expect("at the district");
    }
    world
}

#[test]
fn evidence_that_was_brought_to_a_hub_is_seen_there_by_other_desks() {
    let mut world = hub_and_two_desks(23);
    let household = {
        let mut device = world.tablets[0].device.lock().expect("a device");
        let household = device.all_households().expect("list")[0];
        complete(&mut device, household);
        device.submit(household, Whole::Visit).expect("submitted");
        household
    };
    for tablet in 0..2 {
        world.at_hub(tablet, QUIET).expect("at the hub");
    }
    let file = {
        let mut device = world.tablets[1].device.lock().expect("a device");
        let seen = device.comparison(household, false).expect("shown").seen;
        let files = device.add_evidence(household, LETTER).expect("kept");
        let files = names(&files);
        device
            .desk_removal(household, &seen, "moved", "surat desa", "", &files)
            .expect("proposed");
        files[0].clone()
    };
    for tablet in [1, 2] {
        world.at_hub(tablet, QUIET).expect("at the hub");
    }
    let other = world.tablets[2].device.lock().expect("a device");
    assert!(other.attachment(&file).is_ok());
    drop(other);
    world.upstream().expect("the hub's exchange");
    let there = world.district.photo(&hash(&file)).expect("read");
    assert_eq!(there.as_deref(), Some(LETTER));
}

#[test]
fn of_a_letter_that_two_desks_brought_to_a_hub_both_hear_that_it_is_at_the_district() {
    let mut world = hub_and_two_desks(24);
    for desk in [1, 2] {
        {
            let mut device = world.tablets[desk].device.lock().expect("a device");
            let household = device.all_households().expect("list")[desk];
            let seen = device.comparison(household, false).expect("shown").seen;
            let files = names(&device.add_evidence(household, LETTER).expect("kept"));
            device
                .desk_removal(household, &seen, "moved", "surat desa", "", &files)
                .expect("proposed");
        }
        world.at_hub(desk, QUIET).expect("at the hub");
    }
    let unsent = |world: &HubWorld, desk: usize| {
        let device = world.tablets[desk].device.lock().expect("a device");
        device.store().unsent_photos().expect("a number")
    };
    assert_eq!((unsent(&world, 1), unsent(&world, 2)), (1, 1));
    assert_eq!(world.upstream().expect("the hub's exchange").photos, 2);
    for desk in [1, 2] {
        world.at_hub(desk, QUIET).expect("at the hub");
        assert_eq!(unsent(&world, desk), 0, "desk {desk}");
    }
}
