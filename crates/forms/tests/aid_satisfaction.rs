//! The satisfaction survey of people who received aid, filled in as an old woman at the door would.

mod person;

use person::Person;

const FORM: &str = "aid_satisfaction.xlsx";

/// The nine elements of PermenPANRB 14/2017.
const ELEMENTS: [&str; 9] = [
    "u1_requirements",
    "u2_procedure",
    "u3_time",
    "u4_cost",
    "u5_product",
    "u6_competence",
    "u7_behaviour",
    "u8_complaints",
    "u9_facilities",
];

fn at_the_door() -> Person {
    let mut person = Person::opens(FORM);
    person.answers(&[
        ("surveyor", "community"),
        ("regency", "31.75"),
        ("district", "31.75.07"),
        ("village", "31.75.07.1001"),
        ("consent", "yes"),
        ("respondent_kind", "self"),
        ("sex", "2"),
        ("age", "71"),
        ("education", "sd"),
        ("occupation", "home"),
    ]);
    person
}

/// Two months of sembako at the post office.
fn sembako() -> Person {
    let mut person = at_the_door();
    person.answers(&[
        ("programme", "sembako"),
        ("aid_form", "cash"),
        ("received_on", "2026-11-02"),
        ("delivery", "post"),
        ("months_paid", "2"),
        ("amount_received", "400000"),
    ]);
    person
}

fn rates(person: &mut Person, scores: [u8; 9]) {
    for (element, score) in ELEMENTS.iter().zip(scores) {
        person.says(element, &score.to_string());
    }
}

#[test]
fn an_author_has_nothing_to_mend_and_both_languages_are_complete() {
    person::nothing_to_mend(FORM);
    Person::opens(FORM).understands_every_question();
}

#[test]
fn nobody_who_refuses_is_asked_anything() {
    let mut person = Person::opens(FORM);
    person.answers(&[
        ("surveyor", "psm"),
        ("regency", "18.09"),
        ("district", "18.09.01"),
        ("village", "18.09.01.2001"),
        ("consent", "no"),
    ]);
    assert_eq!(person.open_ends(), [""; 0]);
    assert!(!person.is_asked("programme") && !person.is_asked("u1_requirements"));
    assert_eq!(person.value("ikm"), "");
}

#[test]
fn the_index_is_the_mean_of_the_nine_elements_times_twenty_five() {
    let mut person = sembako();
    // Sum 31: 31 / 9 * 25 = 86.11.
    rates(&mut person, [4, 3, 3, 4, 4, 3, 4, 3, 3]);
    assert_eq!(person.value("skm_sum"), "31");
    assert_eq!(person.value("skm_mean"), "3.4444");
    assert_eq!(person.value("ikm"), "86.11");
    assert_eq!(person.value("ikm_grade"), "B");
    assert_eq!(
        person.reads("ikm_note", "id"),
        "Nilai dari penerima ini: 86.11 (mutu B)."
    );
}

#[test]
fn the_grades_begin_where_the_regulation_says() {
    let mut person = sembako();
    // 36 is the most; 32 / 9 * 25 = 88.89, 28 = 77.78, 27 = 75, 24 = 66.67, 23 = 63.89, 9 = 25.
    for (scores, ikm, grade) in [
        ([4, 4, 4, 4, 4, 4, 4, 4, 4], "100", "A"),
        ([4, 4, 4, 4, 4, 3, 3, 3, 3], "88.89", "A"),
        ([4, 3, 3, 3, 3, 3, 3, 3, 3], "77.78", "B"),
        ([3, 3, 3, 3, 3, 3, 3, 3, 3], "75", "C"),
        ([3, 3, 3, 3, 3, 3, 2, 2, 2], "66.67", "C"),
        ([3, 3, 3, 3, 3, 2, 2, 2, 2], "63.89", "D"),
        ([1, 1, 1, 1, 1, 1, 1, 1, 1], "25", "D"),
    ] {
        rates(&mut person, scores);
        assert_eq!(
            (person.value("ikm"), person.value("ikm_grade")),
            (ikm.to_owned(), grade.to_owned())
        );
    }
}

#[test]
fn an_index_is_not_computed_from_eight_elements() {
    let mut person = sembako();
    rates(&mut person, [4; 9]);
    person.says("u8_complaints", "");
    assert_eq!(
        (person.value("skm_answered"), person.value("ikm")),
        ("8".to_owned(), String::new())
    );
    assert!(!person.is_asked("ikm_note"));
}

#[test]
fn what_is_rated_low_asks_what_to_improve() {
    let mut person = sembako();
    rates(&mut person, [4, 4, 2, 4, 4, 4, 4, 4, 4]);
    assert!(person.is_asked("low_reason"));
    person.says("u3_time", "3");
    assert!(!person.is_asked("low_reason"));
}

#[test]
fn what_is_due_follows_from_the_programme_and_the_months() {
    let mut person = sembako();
    assert_eq!(person.value("amount_due"), "400000");
    assert!(!person.is_asked("short_reason"));
    person.says("amount_received", "350000");
    assert_eq!(person.value("amount_short"), "50000");
    assert_eq!(
        person.reads("short_note", "id"),
        "Kurang Rp50000 dari yang seharusnya (Rp400000). Periksa lagi kedua angkanya."
    );
    assert!(person.is_asked("short_note") && person.is_asked("short_reason"));
    // The amount of PKH depends on the family: the notice says it.
    person.answers(&[("programme", "pkh"), ("amount_letter", "350000")]);
    assert!(!person.is_asked("months_paid") && !person.is_asked("short_note"));
}

#[test]
fn rice_is_goods_and_sembako_may_be_either() {
    let mut person = at_the_door();
    person.says("programme", "rice");
    assert_eq!(person.is_offered("aid_form"), ["goods"]);
    person.says("programme", "sembako");
    assert_eq!(person.is_offered("aid_form"), ["cash", "goods"]);
    person.says("aid_form", "goods");
    person.says("goods_received", "rice eggs");
    assert!(
        !person
            .is_offered("goods_missing")
            .contains(&"rice".to_owned())
    );
    assert_eq!(person.value("is_complete"), "1");
    person.says("goods_missing", "oil");
    assert_eq!(person.value("is_complete"), "0");
    assert!(!person.is_asked("amount_received"));
}

#[test]
fn who_got_it_at_home_is_not_asked_for_the_way() {
    let mut person = sembako();
    person.answers(&[
        ("travel_minutes", "45"),
        ("waiting_minutes", "120"),
        ("travel_cost", "20000"),
    ]);
    assert_eq!(person.value("lost_minutes"), "210");
    person.says("delivery", "home");
    assert_eq!(person.value("lost_minutes"), "0");
    assert!(!person.is_asked("travel_minutes") && !person.is_asked("place_had"));
}

#[test]
fn a_deduction_is_followed_up_and_compared_with_what_came() {
    let mut person = sembako();
    person.answers(&[
        ("deduction_asked", "yes"),
        ("deduction_by", "rt group"),
        ("deduction_amount", "50000"),
        ("deduction_reason", "transport"),
    ]);
    assert_eq!(person.value("deduction_percent"), "12.5");
    assert!(person.is_asked("deduction_note"));
    person.is_refused(&[(
        "deduction_amount",
        "450000",
        "Potongan tidak lebih besar daripada bantuan yang diterima.",
        "What was taken is not more than what was received.",
    )]);
    person
        .says("deduction_amount", "50000")
        .says("u4_cost", "4");
    assert!(person.is_asked("cost_conflict_note"));
    person.says("complaint_made", "no");
    assert!(person.is_asked("silence_reason"));
    person.says("deduction_asked", "no");
    assert!(!person.is_asked("silence_reason") && !person.is_asked("cost_conflict_note"));
}

#[test]
fn a_complaint_goes_through_a_channel_that_was_named() {
    let mut person = sembako();
    person.answers(&[
        ("complaint_known", "yes"),
        ("complaint_channels", "rt kemensos"),
        ("complaint_made", "yes"),
    ]);
    assert_eq!(person.is_offered("complaint_channel"), ["rt", "kemensos"]);
    person.says("complaint_date", "2026-11-05");
    assert_eq!(person.value("complaint_days"), "20");
    person.says("complaint_known", "no");
    assert_eq!(person.is_offered("complaint_channel").len(), 8);
}

#[test]
fn wrong_answers_are_refused_in_words_of_both_languages() {
    let mut person = sembako();
    person.says("notice_received", "yes");
    person.is_refused(&[
        (
            "age",
            "9",
            "Yang menjawab berumur 15 tahun ke atas.",
            "The person who answers is 15 or older.",
        ),
        (
            "received_on",
            "2026-11-26",
            "Pilih tanggal dalam 12 bulan terakhir, bukan yang akan datang.",
            "Choose a day within the last 12 months, not one to come.",
        ),
        (
            "received_on",
            "2025-11-24",
            "Pilih tanggal dalam 12 bulan terakhir, bukan yang akan datang.",
            "Choose a day within the last 12 months, not one to come.",
        ),
        (
            "notice_days",
            "61",
            "Isi 0 sampai 60 hari.",
            "Enter 0 to 60 days.",
        ),
        (
            "distance_km",
            "300",
            "Isi 0 sampai 200 kilometer.",
            "Enter 0 to 200 kilometres.",
        ),
        (
            "suggestions",
            "NIK saya 1809014107550001",
            "Jangan tulis NIK atau nomor KK di sini.",
            "Do not write a NIK or family card number here.",
        ),
    ]);
}

#[test]
fn a_whole_interview_leaves_nothing_open() {
    let mut person = sembako();
    person.answers(&[
        ("notice_received", "yes"),
        ("notice_ways", "letter rt"),
        ("notice_days", "3"),
        ("notice_clear", "yes"),
        ("distance_km", "4.5"),
        ("travel_minutes", "30"),
        ("travel_cost", "15000"),
        ("waiting_minutes", "60"),
        ("place_had", "seats shade"),
        ("deduction_asked", "no"),
        ("photographed", "yes"),
        ("photo_explained", "no"),
        ("card_kept", "no"),
        ("pressed_to_buy", "no"),
        ("complaint_known", "no"),
        ("complaint_made", "no"),
    ]);
    rates(&mut person, [3, 3, 3, 4, 4, 3, 4, 3, 3]);
    assert_eq!(person.open_ends(), ["preferred"]);
    person.says("preferred", "home");
    assert_eq!(person.open_ends(), [""; 0]);
    assert_eq!(person.form.instance_name(), "Duren Sawit, Sembako/BPNT");
}
