//! Any questionnaire on a device: pages, repeats at any depth, long lists, files.

use lawang_app::{Device, Whole, views};
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use lawang_forms::{Files, Form, compile, compile_with};
use lawang_store::{Identity, Store};
use lawang_tests::{
    prelist::VILLAGE,
    world::{FakeEnvironment, scope},
};
use std::sync::Arc;

/// A device with one empty record and this questionnaire.
struct Desk {
    device: Device,
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

fn desk_with(form: Arc<Form>) -> Desk {
    let store = Store::in_memory().expect("it works");
    let mut device =
        Device::new(store, identity(), form.clone(), FakeEnvironment::new(7)).expect("it works");
    let mut store = device.into_store();
    store
        .transact(|tx| Store::set_scope(tx, &[scope(VILLAGE)]))
        .expect("it works");
    device =
        Device::new(store, identity(), form.clone(), FakeEnvironment::new(8)).expect("it works");
    let household = device.add_household(VILLAGE).expect("it works");
    Desk {
        device,
        household,
        form,
    }
}

fn desk(markdown: &str) -> Desk {
    let compiled = compile(markdown.as_bytes(), "form.md").unwrap_or_else(|p| panic!("{p:?}"));
    desk_with(Arc::new(compiled.form))
}

impl Desk {
    fn view(&mut self, page: &str) -> views::VisitView {
        self.device
            .visit_view(self.household, Some(page))
            .expect("it works")
    }

    fn pages(&mut self) -> Vec<String> {
        let view = self.view("");
        view.pages.into_iter().map(|p| p.id).collect()
    }

    fn answer(&mut self, path: &str, value: &str) {
        super::answer(&mut self.device, self.household, path, value);
    }

    fn add(&mut self, repeat: &str, parent: Option<InstanceId>) -> InstanceId {
        self.device
            .add_instance(self.household, repeat, parent)
            .expect("it works")
    }

    /// What is typed becomes a change, the program ends and starts again.
    fn restart(self) -> Self {
        let Self {
            mut device,
            household,
            form,
        } = self;
        device.close_visit(household).expect("it works");
        let store = device.into_store();
        Self {
            device: Device::new(store, identity(), form.clone(), FakeEnvironment::new(9))
                .expect("it works"),
            household,
            form,
        }
    }
}

const MIXED: &str = "
| survey |
| | type | name | label | relevant | appearance |
| | text | name | Name | | |
| | note | hello | Hello ${name} | | |
| | begin_group | house | House | | field-list |
| | integer | rooms | Rooms | | |
| | begin_group | kitchen | Kitchen | | |
| | select_one yn | stove | Stove | | |
| | select_one yn | water | Water | | |
| | end_group | | | | |
| | end_group | | | | |
| | hidden | twice | | | |
| | text | last | Last word | | |
| | text | why | Why | ${stove} = 'n' | |
| choices |
| | list_name | name | label |
| | yn | y | Yes |
| | yn | n | No |
";

#[test]
fn questions_outside_any_group_share_a_page_and_a_group_is_a_page() {
    let mut desk = desk(MIXED);
    assert_eq!(desk.pages(), ["_name", "house", "_last"]);
    let first = desk.view("_name");
    let paths: Vec<_> = first.page.items.iter().map(|i| i.path.as_str()).collect();
    assert_eq!(paths, ["name", "hello"]);
    let house = desk.view("house").page;
    assert_eq!(
        (house.label.as_str(), house.appearance.as_str()),
        ("House", "field-list")
    );
    // The group within is a heading on its first question.
    assert!(house.items[0].groups.is_empty());
    let heads: Vec<_> = house.items[1..]
        .iter()
        .map(|i| (i.groups[0].label.as_str(), i.groups[0].first))
        .collect();
    assert_eq!(heads, [("Kitchen", true), ("Kitchen", false)]);
    // A page keeps its name when a question comes to it.
    desk.answer("stove", "n");
    let last = desk.view("_last").page;
    assert_eq!(last.id, "_last");
    assert_eq!(last.items.len(), 2);
    assert_eq!(last.label, desk.form.title("en"));
}

const NESTED: &str = "
| survey |
| | type | name | label |
| | begin_repeat | field | Field |
| | text | crop | Crop |
| | begin_group | soil | Soil |
| | text | colour | Colour |
| | begin_repeat | sample | Sample |
| | integer | depth | Depth |
| | begin_repeat | worm | Worm |
| | decimal | length | Length |
| | end_repeat | | |
| | end_repeat | | |
| | text | after | After the samples |
| | end_group | | |
| | calculate | samples | |
| | end_repeat | | |
";

fn nested() -> String {
    NESTED
        .replace(
            "| | type | name | label |",
            "| | type | name | label | calculation |",
        )
        .replace(
            "| calculate | samples | |",
            "| calculate | samples | | count(${sample}) |",
        )
}

#[test]
fn nested_repeats_have_pages_at_any_depth_and_stay_in_place_over_a_restart() {
    let mut desk = desk(&nested());
    let rice = desk.add("field", None);
    let maize = desk.add("field", None);
    desk.answer(&format!("field/{rice}/crop"), "Rice");
    desk.answer(&format!("field/{maize}/crop"), "Maize");
    let deep = desk.add("sample", Some(maize));
    let worm = desk.add("worm", Some(deep));
    desk.answer(&format!("sample/{deep}/depth"), "30");
    desk.answer(&format!("worm/{worm}/length"), "7.5");

    let mut desk = desk.restart();
    let pages = desk.pages();
    assert_eq!(
        pages,
        [
            "field".to_owned(),
            format!("field/{rice}/_crop"),
            format!("field/{rice}/soil"),
            format!("field/{rice}/sample"),
            format!("field/{rice}/soil~sample"),
            format!("field/{maize}/_crop"),
            format!("field/{maize}/soil"),
            format!("field/{maize}/sample"),
            format!("sample/{deep}/_depth"),
            format!("sample/{deep}/worm"),
            format!("worm/{worm}/_length"),
            format!("field/{maize}/soil~sample"),
        ]
    );
    let view = desk.view(&format!("worm/{worm}/_length"));
    let item = &view.page.items[0];
    assert_eq!(
        (item.path.clone(), item.value.as_str()),
        (format!("worm/{worm}/length"), "7.5")
    );
    assert_eq!(
        item.path.parse::<FieldPath>().unwrap().to_string(),
        item.path
    );
    assert_eq!(view.page.instance, "Worm 1: 7.5");
    let summary = view.pages.iter().find(|p| p.id == view.page.id).unwrap();
    assert_eq!((summary.depth, summary.member.as_deref()), (3, None));

    let fields = desk.view("field").page;
    let names: Vec<_> = fields.roster.unwrap().into_iter().map(|r| r.name).collect();
    assert_eq!(names, ["Rice", "Maize"]);
    let place = fields.repeat.unwrap();
    assert!(place.can_add && !place.members);
    let state = desk.device.state(desk.household).unwrap();
    assert_eq!(
        state.text(&FieldPath::of("sample", deep, "_parent")),
        maize.to_string()
    );
}

#[test]
fn an_instance_is_taken_out_and_back_and_needs_a_reason_once_it_is_recorded() {
    let mut desk = desk(&nested());
    let one = desk.add("field", None);
    let two = desk.add("field", None);
    desk.answer(&format!("field/{one}/crop"), "Rice");
    desk.answer(&format!("field/{two}/crop"), "Maize");
    let inner = desk.add("sample", Some(two));
    let household = desk.household;
    // Only this visit knows it.
    desk.device
        .remove_instance(household, "field", one, true, "")
        .unwrap();
    assert!(!desk.pages().contains(&format!("field/{one}/_crop")));

    let mut desk = desk.restart();
    let refused = desk
        .device
        .remove_instance(household, "field", two, true, "")
        .unwrap_err();
    assert_eq!(refused.code, "reason_needed");
    desk.device
        .remove_instance(household, "field", two, true, "measured twice")
        .unwrap();
    assert!(
        !desk.pages().iter().any(|p| p.starts_with("sample/")),
        "what stands in it goes too"
    );
    let roster = desk.view("field").page.roster.unwrap();
    let struck: Vec<_> = roster
        .iter()
        .map(|r| (r.name.as_str(), r.removed))
        .collect();
    assert!(struck.contains(&("Maize", true)), "{struck:?}");

    desk.device
        .remove_instance(household, "field", two, false, "")
        .unwrap();
    assert!(desk.pages().contains(&format!("sample/{inner}/_depth")));
    let view = desk.view(&format!("field/{two}/_crop"));
    assert_eq!(view.page.items[0].value, "Maize");
}

const COUNTED: &str = "
| survey |
| | type | name | label | repeat_count | calculation |
| | integer | many | How many | | |
| | begin_repeat | child | Child | ${many} | |
| | text | name | Name | | |
| | calculate | place | | | position(..) |
| | end_repeat | | | | |
";

#[test]
fn instances_that_the_form_counts_keep_their_positions_in_the_record() {
    let mut desk = desk(COUNTED);
    desk.answer("many", "3");
    let roster = desk.view("child").page.roster.unwrap();
    let ids: Vec<_> = roster.iter().map(|r| r.id.clone()).collect();
    assert_eq!(ids.len(), 3);
    assert!(!roster[0].can_remove);
    // Answered backwards.
    for (index, name) in [(2, "Citra"), (0, "Ani")] {
        desk.answer(&format!("child/{}/name", ids[index]), name);
    }
    let refused = desk
        .device
        .add_instance(desk.household, "child", None)
        .unwrap_err();
    assert_eq!(refused.code, "counted_repeat");

    let mut desk = desk.restart();
    let roster = desk.view("child").page.roster.unwrap();
    let again: Vec<_> = roster
        .iter()
        .map(|r| (r.id.clone(), r.name.as_str()))
        .collect();
    assert_eq!(
        again,
        [
            (ids[0].clone(), "Ani"),
            (ids[1].clone(), ""),
            (ids[2].clone(), "Citra")
        ]
    );
}

#[test]
fn a_repeat_within_a_field_list_stands_on_the_page_with_a_place_to_add() {
    let mut desk = desk(
        "
| survey |
| | type | name | label | appearance |
| | begin_group | page | Page | field-list |
| | text | before | Before | |
| | begin_repeat | tool | Tool | |
| | text | kind | Kind | |
| | end_repeat | | | |
| | text | behind | Behind | |
| | end_group | | | |
",
    );
    assert_eq!(desk.pages(), ["page"]);
    let page = desk.view("page").page;
    assert_eq!(
        (page.inline[0].count, page.inline[0].after.as_str()),
        (0, "before")
    );
    let hoe = desk.add("tool", None);
    let added = desk
        .device
        .visit_view_added(desk.household, hoe, "page")
        .unwrap();
    assert_eq!(added.page.id, "page");
    let page = added.page;
    let paths: Vec<_> = page.items.iter().map(|i| i.path.clone()).collect();
    assert_eq!(
        paths,
        [
            "before".to_owned(),
            format!("tool/{hoe}/kind"),
            "behind".to_owned()
        ]
    );
    let head = page.items[1].repeat.as_ref().unwrap();
    assert!(head.first && head.number == 1 && head.can_remove && !head.needs_reason);
    assert_eq!(page.inline[0].after, format!("tool/{hoe}/kind"));
}

#[test]
fn a_repeat_called_members_is_the_household_only_in_the_household_visit() {
    let mut desk = desk(
        "
| survey |
| | type | name | label |
| | begin_repeat | members | Committee member |
| | text | role | Role |
| | end_repeat | | |
",
    );
    let id = desk.add("members", None);
    let view = desk.view(&format!("members/{id}/_role"));
    assert_eq!(view.page.instance, "Committee member 1");
    assert!(view.pages.iter().all(|p| p.member.is_none()));
    assert!(!desk.view("members").page.repeat.unwrap().members);
}

#[test]
fn of_many_choices_only_the_chosen_one_comes_and_the_others_are_found_by_words() {
    let mut towns = String::from("name,label\n");
    for number in 0..16_000 {
        towns.push_str(&format!("t{number},Désa Nomor {number}\n"));
    }
    towns.push_str("x1,Suka Maju\nx2,Nomor Suka\n");
    let mut files = Files::new();
    files.insert("towns.csv", towns.into_bytes());
    let survey = "
| survey |
| | type | name | label |
| | select_one_from_file towns.csv | town | Town |
";
    let form = compile_with(survey.as_bytes(), "form.md", &files).unwrap();
    let mut desk = desk_with(Arc::new(form.form));
    let page = desk.view("").page;
    assert_eq!(
        (page.items[0].choices.len(), page.items[0].choices_total),
        (0, 16_002)
    );
    desk.answer("town", "t77");
    let item = desk.view("").page.items.remove(0);
    assert_eq!(
        (item.choices.len(), item.display.as_str()),
        (1, "Désa Nomor 77")
    );

    let path: FieldPath = "town".parse().unwrap();
    let household = desk.household;
    let mut search = |words: &str, offset, limit| {
        let found = desk
            .device
            .visit_choices(household, &path, words, offset, limit)
            .unwrap();
        let labels: Vec<_> = found.choices.into_iter().map(|c| c.label).collect();
        (labels, found.total)
    };
    let (labels, total) = search("suka", 0, 10);
    assert_eq!(
        (labels, total),
        (vec!["Suka Maju".into(), "Nomor Suka".into()], 2)
    );
    assert_eq!(search("DESA nomor 15999", 0, 10).0, ["Désa Nomor 15999"]);
    let (labels, total) = search("", 16_000, 50);
    assert_eq!((labels.len(), total), (2, 16_002));
    assert_eq!(search("", 0, 5_000).0.len(), 200, "never more than a piece");
}

#[test]
fn a_sound_and_a_document_are_kept_by_their_content_and_come_back_with_their_name() {
    let mut desk = desk(
        "
| survey |
| | type | name | label |
| | audio | voice | Voice |
| | file | letter | Letter |
| | text | word | Word |
",
    );
    let household = desk.household;
    let path = |text: &str| text.parse::<FieldPath>().unwrap();
    let sound = b"OggS\0\x02 a voice";
    let id = desk
        .device
        .attach(household, &path("voice"), "suara.ogg", sound)
        .unwrap();
    let kept = desk.device.attachment(&id).unwrap();
    assert_eq!(
        (kept.name.as_str(), kept.mime.as_str()),
        ("suara.ogg", "audio/ogg")
    );
    assert_eq!(kept.bytes, sound.len() as u32);
    assert!(kept.url.starts_with("data:audio/ogg;base64,"));
    let item = desk.view("").page.items.remove(0);
    assert_eq!(item.value, id);

    let refused = |desk: &mut Desk, field: &str, name: &str, bytes: &[u8]| {
        desk.device
            .attach(household, &path(field), name, bytes)
            .unwrap_err()
            .code
    };
    assert_eq!(
        refused(&mut desk, "letter", "a.exe", b"x"),
        "file_type_refused"
    );
    assert_eq!(refused(&mut desk, "voice", "a.ogg", b"text"), "not_a_sound");
    assert_eq!(
        refused(&mut desk, "word", "a.pdf", b"%PDF-1"),
        "no_such_field"
    );
    desk.device
        .attach(household, &path("letter"), "surat.pdf", b"%PDF-1.7")
        .unwrap();
    let summary = desk.device.visit_summary(household, Whole::Visit).unwrap();
    assert_eq!(summary.answered, 2);
}

// ODK documentation, "Last saved": defaults from the form that was finished before.
#[test]
fn the_next_form_begins_with_what_the_last_finished_one_said() {
    let mut desk = desk(
        "
| survey |
| | type | name | label | default | calculation |
| | text | street | Street | ${last-saved#street} | |
| | text | name | Name | | |
| | calculate | number | | | once(uuid()) |
",
    );
    assert_eq!(desk.view("_street").page.items[0].value, "");
    desk.answer("street", "Jalan Melati");
    desk.answer("name", "Siti");
    let first = desk.household;
    let begun = desk.device.add_household(VILLAGE).expect("it works");
    desk.household = begun;
    assert_eq!(
        desk.view("_street").page.items[0].value,
        "",
        "what is not finished is not last saved"
    );
    desk.device.submit(first, Whole::Visit).expect("it works");
    let mut desk = desk.restart();
    desk.household = desk.device.add_household(VILLAGE).expect("it works");
    let page = desk.view("_street").page;
    assert_eq!(page.items[0].value, "Jalan Melati");
    assert_eq!(page.items[1].value, "", "only what the form asks to carry");
}

#[test]
fn what_was_last_saved_is_kept_with_its_visit_or_not_at_all() {
    let mut outcomes = std::collections::BTreeSet::new();
    for crash in 0..4 {
        let mut desk = desk(
            "
| survey |
| | type | name | label | default |
| | text | street | Street | ${last-saved#street} |
",
        );
        desk.answer("street", "Jalan Melati");
        desk.device.store().crash_after(Some(crash));
        let submitted = desk.device.submit(desk.household, Whole::Visit).is_ok();
        desk.device.store().crash_after(None);
        let store = desk.device.into_store();
        let mut device =
            Device::new(store, identity(), desk.form, FakeEnvironment::new(9)).unwrap();
        let next = device.add_household(VILLAGE).unwrap();
        let view = device.visit_view(next, None).unwrap();
        let kept = view.page.items[0].value == "Jalan Melati";
        let state = device.state(desk.household).unwrap();
        let finished = state.fields.keys().any(|path| path.key == "submitted");
        assert_eq!(kept, finished, "killed at write {crash}");
        assert_eq!(submitted, finished, "what was said is so");
        outcomes.insert(finished);
    }
    assert_eq!(outcomes.len(), 2, "both were seen");
}

#[test]
fn every_visit_draws_numbers_of_its_own() {
    let mut desk = desk(
        "
| survey |
| | type | name | label | calculation |
| | text | number | Number | once(uuid()) |
",
    );
    let first = desk.view("_number").page.items[0].value.clone();
    desk.household = desk.device.add_household(VILLAGE).expect("it works");
    let second = desk.view("_number").page.items[0].value.clone();
    assert!(!first.is_empty() && first != second, "{first}");
}
