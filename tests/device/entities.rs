//! Lists of entities: made in one questionnaire, chosen in another, changed by several people.

use crate::{answer, world};
use lawang_app::{Device, Whole};
use lawang_domain::HouseholdId;
use lawang_records::{Entities, Entity, EntityProblem};
use lawang_tests::{
    forms::publish,
    network::Faults,
    prelist::{self, OTHER, VILLAGE},
    world::{NOW, World, enrol},
};
use std::collections::BTreeMap;

const MAKE: &str = "
| survey |
| | type | name | label | save_to |
| | text | species | Jenis | species |
| | integer | height | Tinggi | height |
| | text | nik | NIK pemilik | owner_nik |
| | text | keep | Simpan | |
| | begin_repeat | fruit | Buah | |
| | text | kind | Macam | fruits#kind |
| | end_repeat | | | |
| entities |
| | list_name | label | create_if |
| | trees | concat('Pohon ', ${species}) | ${keep} != 'no' |
| | fruits | ${kind} | |
| settings |
| | form_id | version |
| | make_tree | 1 |
";

const CHANGE: &str = "
| survey |
| | type | name | label | save_to | calculation | constraint |
| | select_one_from_file trees.csv | tree | Pohon | | | |
| | calculate | before | | | instance('trees')/root/item[name = ${tree}]/height | |
| | integer | height | Tinggi | height | | ${before} = '' or . >= ${before} |
| | text | note | Catatan | note | | |
| | calculate | species | | | pulldata('trees', 'species', 'name', ${tree}) | |
| entities |
| | list_name | entity_id | update_if |
| | trees | ${tree} | ${height} != '' or ${note} != '' |
| settings |
| | form_id | version |
| | change_tree | 1 |
";

/// Changes whatever id is typed.
const BLIND: &str = "
| survey |
| | type | name | label | save_to |
| | text | which | Kode | |
| | text | note | Catatan | note |
| entities |
| | list_name | entity_id |
| | trees | ${which} |
| settings |
| | form_id | version |
| | blind | 1 |
";

fn make() -> String {
    MAKE.replace(
        "| text | species | Jenis | species |",
        "| text | species | Jenis | trees#species |",
    )
    .replace("| Tinggi | height |", "| Tinggi | trees#height |")
    .replace("| owner_nik |", "| trees#owner_nik |")
}

fn orchard(tablets: usize) -> World {
    let mut world = world(tablets);
    for form in [make().as_str(), CHANGE, BLIND] {
        publish(&world.server, form.as_bytes(), &[]);
    }
    for tablet in 0..tablets {
        send(&mut world, tablet);
    }
    world
}

fn send(world: &mut World, tablet: usize) {
    let report = world.exchange(tablet, Faults::default()).expect("exchange");
    assert!(report.agreed && report.refused == 0);
}

/// Fills in and submits.
fn fill_in(
    device: &mut Device,
    form: &str,
    village: &str,
    answers: &[(&str, &str)],
) -> HouseholdId {
    let id = device.new_survey(form, village).expect("begun");
    finish(device, id, answers);
    id
}

fn finish(device: &mut Device, id: HouseholdId, answers: &[(&str, &str)]) {
    for (path, value) in answers {
        answer(device, id, path, value);
    }
    device.submit(id, Whole::Visit).expect("submitted");
}

fn on<T>(world: &World, tablet: usize, work: impl FnOnce(&mut Device) -> T) -> T {
    world.tablets[tablet].environment.advance(60_000);
    work(&mut world.tablets[tablet].device.lock().expect("a device"))
}

fn trees(world: &World, tablet: usize) -> Vec<Entity> {
    on(world, tablet, |device| {
        device.entities(Some("trees")).expect("lists").entities
    })
}

/// What a questionnaire offers for its question `tree`, value and label.
fn offered(device: &mut Device, id: HouseholdId) -> Vec<(String, String)> {
    let view = device.visit_view(id, None).expect("a visit");
    let item = view
        .page
        .items
        .iter()
        .find(|i| i.path == "tree")
        .expect("asked");
    item.choices
        .iter()
        .map(|c| (c.value.clone(), c.label.clone()))
        .collect()
}

fn same_everywhere(world: &World, tablets: &[usize]) -> Entities {
    let server = world.server.entities(None, None, true).expect("lists");
    for tablet in tablets {
        on(world, *tablet, |device| {
            let here = device.entities(None).expect("lists");
            assert_eq!(here.entities, server.entities, "device {tablet}");
            assert_eq!(here.problems, server.problems);
            device.rebuild(|_, _| ()).expect("rebuilt");
            assert_eq!(
                device.entities(None).expect("lists"),
                here,
                "rebuilding changes nothing"
            );
        });
    }
    world.server.rebuild().expect("rebuilt");
    let rebuilt = world.server.entities(None, None, true).expect("lists");
    assert_eq!(rebuilt.entities, server.entities);
    Entities {
        entities: server.entities,
        problems: server.problems,
    }
}

fn flags(world: &World) -> BTreeMap<HouseholdId, Vec<String>> {
    let lines = world.server.surveys(None, None).expect("list");
    let flagged = lines.into_iter().filter(|line| !line.flags.is_empty());
    flagged
        .map(|line| {
            let flags = line.flags.iter().map(|f| format!("{} {}", f.code, f.field));
            (line.household, flags.collect())
        })
        .collect()
}

#[test]
fn what_one_form_makes_offline_is_chosen_and_changed_in_the_next_and_reaches_the_others() {
    let mut world = orchard(2);
    let tree = on(&world, 0, |device| {
        fill_in(
            device,
            "make_tree",
            VILLAGE,
            &[("species", "jati"), ("height", "3")],
        );
        let made = device
            .entities(Some("trees"))
            .expect("lists")
            .entities
            .remove(0);
        assert_eq!((made.label.as_str(), made.version), ("Pohon jati", 1));
        let next = device.new_survey("change_tree", VILLAGE).expect("begun");
        assert_eq!(
            offered(device, next),
            [(made.id.clone(), "Pohon jati".to_owned())]
        );
        answer(device, next, "tree", &made.id);
        let state = device.visit_view(next, None).expect("a visit");
        assert!(
            state
                .page
                .items
                .iter()
                .any(|i| i.path == "tree" && i.value == made.id)
        );
        // The form knows what is there: a tree does not shrink.
        answer(device, next, "height", "2");
        let refused = device.submit(next, Whole::Visit).expect_err("invalid");
        assert_eq!(refused.code, "incomplete");
        answer(device, next, "height", "4");
        device.submit(next, Whole::Visit).expect("submitted");
        made.id
    });
    let after = trees(&world, 0);
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].properties["height"], "4");
    assert_eq!(after[0].properties["species"], "jati");
    assert_eq!(after[0].version, 2);
    send(&mut world, 0);
    assert_eq!(flags(&world), BTreeMap::new());
    send(&mut world, 1);
    on(&world, 1, |device| {
        let next = device.new_survey("change_tree", VILLAGE).expect("begun");
        assert_eq!(
            offered(device, next),
            [(tree.clone(), "Pohon jati".to_owned())]
        );
    });
    let all = same_everywhere(&world, &[0, 1]);
    assert_eq!((all.entities.len(), all.problems.len()), (1, 0));
    assert_eq!(flags(&world), BTreeMap::new(), "also after rebuilding");
}

// The server takes the records of a batch in no particular order.
#[test]
fn what_was_chosen_before_it_came_is_not_held_against_the_visit_once_it_has_come() {
    let mut world = orchard(1);
    for _ in 0..12 {
        on(&world, 0, |device| {
            let made = fill_in(device, "make_tree", VILLAGE, &[("species", "jati")]);
            let lists = device.entities(Some("trees")).expect("lists").entities;
            let tree = lists.iter().find(|e| e.household == made).expect("made");
            fill_in(
                device,
                "change_tree",
                VILLAGE,
                &[("tree", &tree.id), ("height", "4")],
            );
        });
    }
    send(&mut world, 0);
    assert_eq!(flags(&world), BTreeMap::new());
}

#[test]
fn a_form_that_says_no_makes_nothing_and_an_id_that_nobody_knows_is_said() {
    let mut world = orchard(1);
    let stranger = "5f0c0000-0000-4000-8000-0000000000aa";
    on(&world, 0, |device| {
        fill_in(
            device,
            "make_tree",
            VILLAGE,
            &[("species", "jati"), ("keep", "no")],
        );
        fill_in(
            device,
            "blind",
            VILLAGE,
            &[("which", stranger), ("note", "x")],
        );
        fill_in(
            device,
            "blind",
            VILLAGE,
            &[("which", "pohon besar"), ("note", "x")],
        );
    });
    send(&mut world, 0);
    let all = same_everywhere(&world, &[0]);
    assert!(all.entities.is_empty());
    let said = |p: &EntityProblem| (p.code, p.entity.clone());
    let mut said: Vec<_> = all.problems.iter().map(said).collect();
    said.sort();
    assert_eq!(
        said,
        [
            ("not_a_uuid", "pohon besar".to_owned()),
            ("unknown_entity", stranger.to_owned())
        ]
    );
}

#[test]
fn two_devices_that_change_one_entity_apart_agree_with_the_server_and_the_conflict_is_said() {
    let mut world = orchard(2);
    on(&world, 0, |device| {
        fill_in(
            device,
            "make_tree",
            VILLAGE,
            &[("species", "jati"), ("height", "3")],
        );
    });
    send(&mut world, 0);
    send(&mut world, 1);
    let tree = trees(&world, 1)[0].id.clone();
    // Device 1 works later, and is the first to send.
    on(&world, 0, |device| {
        let answers = [("tree", tree.as_str()), ("height", "5"), ("note", "sehat")];
        fill_in(device, "change_tree", VILLAGE, &answers);
    });
    world.tablets[1].environment.advance(3_600_000);
    on(&world, 1, |device| {
        fill_in(
            device,
            "change_tree",
            VILLAGE,
            &[("tree", &tree), ("height", "6")],
        );
    });
    for tablet in [1, 0, 1] {
        send(&mut world, tablet);
    }
    let all = same_everywhere(&world, &[0, 1]);
    let [found] = all.entities.as_slice() else {
        panic!("{all:?}");
    };
    assert_eq!(found.properties["height"], "6", "the later one");
    assert_eq!(
        found.properties["note"], "",
        "it said nothing there, and that is what it saved"
    );
    assert_eq!((found.version, found.apart), (3, true));
    assert!(found.conflicts.contains("height"), "{found:?}");
    // Whoever sees both settles it by writing again.
    on(&world, 0, |device| {
        fill_in(
            device,
            "change_tree",
            VILLAGE,
            &[("tree", &tree), ("height", "7"), ("note", "sehat")],
        );
    });
    send(&mut world, 0);
    send(&mut world, 1);
    let settled = same_everywhere(&world, &[0, 1]).entities.remove(0);
    assert_eq!((settled.version, settled.apart), (4, false));
    assert!(settled.conflicts.is_empty());
    assert_eq!(flags(&world), BTreeMap::new());
}

#[test]
fn a_later_visit_of_the_same_record_changes_its_entity_and_makes_no_second_one() {
    let mut world = orchard(1);
    on(&world, 0, |device| {
        let id = device.new_survey("make_tree", VILLAGE).expect("begun");
        let fruit = device.add_instance(id, "fruit", None).expect("added");
        let kind = format!("fruit/{fruit}/kind");
        finish(
            device,
            id,
            &[("species", "jati"), ("height", "3"), (&kind, "biji")],
        );
        finish(device, id, &[("height", "4")]);
        let lists = device.entities(None).expect("lists").entities;
        let said: Vec<_> = lists
            .iter()
            .map(|e| (e.list.as_str(), e.label.as_str(), e.version))
            .collect();
        assert_eq!(
            said,
            [("fruits", "biji", 1), ("trees", "Pohon jati", 2)],
            "what did not change is not changed"
        );
        assert_eq!(lists[1].properties["height"], "4");
        let record = device.record(id).expect("record").state().expect("state");
        assert_eq!(record.conflicts().count(), 0);
    });
    send(&mut world, 0);
    same_everywhere(&world, &[0]);
}

#[test]
fn a_list_is_its_villages_and_no_other_device_gets_it_nor_is_it_offered_elsewhere() {
    let mut world = orchard(1);
    world
        .server
        .import_prelist(&prelist::small(OTHER, 2), NOW, &mut |_, _| ())
        .expect("prelist");
    let (other, both) = (
        enrol(&world.server, 77, &[OTHER], 9),
        enrol(&world.server, 78, &[VILLAGE, OTHER], 10),
    );
    world.tablets.extend([other, both]);
    on(&world, 0, |device| {
        fill_in(device, "make_tree", VILLAGE, &[("species", "jati")]);
    });
    for tablet in 0..3 {
        send(&mut world, tablet);
    }
    assert_eq!(trees(&world, 1), [], "a device of another village");
    let tree = trees(&world, 2).remove(0);
    on(&world, 2, |device| {
        let here = device.new_survey("change_tree", VILLAGE).expect("begun");
        assert_eq!(offered(device, here).len(), 1);
        let there = device.new_survey("change_tree", OTHER).expect("begun");
        assert!(offered(device, there).is_empty());
        // By typing its id, it is no more to be had.
        fill_in(
            device,
            "blind",
            OTHER,
            &[("which", &tree.id), ("note", "diambil")],
        );
    });
    for tablet in [2, 1, 0] {
        send(&mut world, tablet);
    }
    let all = same_everywhere(&world, &[2]);
    assert_eq!(all.entities[0].properties.get("note"), None);
    assert_eq!(all.problems[0].code, "unknown_entity");
    assert_eq!(trees(&world, 1), []);
    let village = Some(OTHER.parse().expect("a code"));
    let there = world.server.entities(None, village, true).expect("lists");
    assert!(there.entities.is_empty() && there.problems.len() == 1);
}

#[test]
fn only_lists_that_some_form_makes_can_be_read_and_only_what_is_saved_there() {
    let world = World::new(3, 1, 0);
    let read = |column: &str| {
        let form = CHANGE
            .replace("trees", "wells")
            .replace(
                "| | wells | ${tree} | ${height} != '' or ${note} != '' |\n",
                "",
            )
            .replace(
                "| entities |\n| | list_name | entity_id | update_if |\n",
                "",
            )
            .replace("| height | | ${before}", "| | | ${before}")
            .replace("Catatan | note", "Catatan | ")
            .replace("'species'", &format!("'{column}'"));
        let files = BTreeMap::new();
        world
            .server
            .publish_form("form.md", form.as_bytes(), &files, NOW)
            .expect("read")
    };
    let problems = read("depth").expect_err("nobody makes wells");
    assert!(
        problems
            .iter()
            .any(|p| p.row.is_some() && p.code == "file_missing"),
        "{problems:?}"
    );
    let wells = make()
        .replace("trees", "wells")
        .replace("make_tree", "make_well");
    publish(&world.server, wells.as_bytes(), &[]);
    let problems = read("depth").expect_err("nobody saves a depth");
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.contains("'depth'"), "{problems:?}");
    assert_eq!(read("species").expect("published").entity_lists, ["wells"]);
}

#[test]
fn a_file_that_was_published_with_the_form_wins_over_the_list() {
    let mut world = world(1);
    publish(&world.server, make().as_bytes(), &[]);
    let file = b"name,label,height,species\nx,Pohon di balai,9,asam\n".to_vec();
    let done = publish(&world.server, CHANGE.as_bytes(), &[("trees.csv", file)]);
    assert!(done.entity_lists.is_empty());
    let warned = |w: &lawang_forms::Problem| w.code == "file_instead_of_entities";
    assert!(done.warnings.iter().any(warned), "{:?}", done.warnings);
    send(&mut world, 0);
    on(&world, 0, |device| {
        fill_in(device, "make_tree", VILLAGE, &[("species", "jati")]);
        let next = device.new_survey("change_tree", VILLAGE).expect("begun");
        assert_eq!(
            offered(device, next),
            [("x".to_owned(), "Pohon di balai".to_owned())]
        );
    });
}

#[test]
fn an_open_form_keeps_the_list_it_was_opened_with_and_says_what_it_built_on() {
    let mut world = orchard(2);
    on(&world, 0, |device| {
        fill_in(
            device,
            "make_tree",
            VILLAGE,
            &[("species", "jati"), ("height", "3")],
        );
    });
    send(&mut world, 0);
    send(&mut world, 1);
    let tree = trees(&world, 0)[0].id.clone();
    let open = on(&world, 1, |device| {
        let open = device.new_survey("change_tree", VILLAGE).expect("begun");
        answer(device, open, "tree", &tree);
        answer(device, open, "height", "4");
        open
    });
    on(&world, 0, |device| {
        fill_in(
            device,
            "change_tree",
            VILLAGE,
            &[("tree", &tree), ("height", "9")],
        );
    });
    send(&mut world, 0);
    send(&mut world, 1);
    // What came in meanwhile was not seen: four is still more than three, and it is a conflict.
    on(&world, 1, |device| {
        device.submit(open, Whole::Visit).expect("submitted")
    });
    send(&mut world, 1);
    send(&mut world, 0);
    let found = same_everywhere(&world, &[0, 1]).entities.remove(0);
    assert!(
        found.apart && found.conflicts.contains("height"),
        "{found:?}"
    );
    assert_eq!(
        flags(&world),
        BTreeMap::new(),
        "judged by the list of its time"
    );
}

#[test]
fn an_export_is_a_list_of_choices_and_shows_no_full_nik() {
    let mut world = orchard(1);
    let nik = "1809015708909001";
    on(&world, 0, |device| {
        fill_in(
            device,
            "make_tree",
            VILLAGE,
            &[("species", "=jati"), ("nik", nik)],
        );
    });
    send(&mut world, 0);
    let text = |reveal: bool| {
        let table = world
            .server
            .export_entities("trees", None, reveal)
            .expect("a list");
        assert_eq!(table.rows, 1);
        String::from_utf8(table.csv).expect("text")
    };
    let masked = text(false);
    assert!(masked.starts_with("name,label,__version,"), "{masked}");
    assert!(
        masked.contains("'=jati") && !masked.contains(nik),
        "{masked}"
    );
    assert!(text(true).contains(nik));
    let shown = serde_json::to_string(&world.server.entities(None, None, false).expect("lists"));
    assert!(!shown.expect("json").contains(nik));
    assert_eq!(
        world
            .server
            .export_entities("nothing", None, false)
            .expect_err("unknown")
            .code(),
        "unknown_list"
    );
    let mut files = lawang_forms::Files::new();
    files.insert("trees.csv", masked.into_bytes());
    let form = lawang_forms::compile_with(CHANGE.as_bytes(), "form.md", &files).expect("a form");
    assert!(form.form.entity_lists().is_empty());
}
