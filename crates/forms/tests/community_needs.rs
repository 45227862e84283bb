//! The community needs survey, filled in as a neighbour would hold it at the door.

mod person;

use person::Person;

const FORM: &str = "community_needs.xlsx";

/// A family of Duren Sawit that agrees to answer.
fn duren_sawit() -> Person {
    let mut person = Person::opens(FORM);
    person.answers(&[
        ("surveyor_group", "pkk"),
        ("regency", "31.75"),
        ("district", "31.75.07"),
        ("village", "31.75.07.1001"),
        ("rt", "005"),
        ("rw", "12"),
        ("consent", "yes"),
        ("respondent_sex", "2"),
        ("respondent_age", "68"),
        ("respondent_role", "6"),
        ("years_here", "gt20"),
        ("card_address_same", "yes"),
    ]);
    person
}

/// Grandmother, mother, a schoolboy and a baby.
fn family() -> Person {
    let mut person = duren_sawit();
    person.answers(&[
        ("family_size", "4"),
        ("tenure", "2"),
        ("income_source", "labour"),
        ("income_change", "2"),
    ]);
    for (number, name, sex, age) in [
        (1, "Mbah Sumi", "2", "68"),
        (2, "Yanti", "2", "34"),
        (3, "Dika", "1", "10"),
        (4, "Nur", "2", "0"),
    ] {
        person.says(&format!("members {number} member_name"), name);
        person.says(&format!("members {number} member_sex"), sex);
        person.says(&format!("members {number} member_age"), age);
    }
    person.says("members 3 goes_to_school", "yes");
    person
}

#[test]
fn an_author_has_nothing_to_mend_and_both_languages_are_complete() {
    person::nothing_to_mend(FORM);
    Person::opens(FORM).understands_every_question();
}

#[test]
fn who_refuses_is_asked_why_and_nothing_else() {
    let mut person = Person::opens(FORM);
    person.answers(&[
        ("surveyor_group", "other"),
        ("surveyor_group_other", "Majelis taklim"),
        ("regency", "33.01"),
        ("district", "33.01.18"),
        ("village", "33.01.18.2001"),
        ("rt", "1"),
        ("consent", "no"),
        ("refusal_reason", "distrust"),
    ]);
    assert_eq!(person.open_ends(), [""; 0]);
    for question in [
        "respondent_age",
        "sectors",
        "access_water",
        "gps",
        "confirmed",
    ] {
        assert!(!person.is_asked(question), "{question}");
    }
}

#[test]
fn places_narrow_from_regency_to_district_to_village() {
    let mut person = Person::opens(FORM);
    assert!(!person.is_asked("district"));
    person.says("regency", "31.75");
    assert_eq!(person.is_offered("district").len(), 10);
    person.says("district", "31.75.07");
    assert_eq!(person.is_offered("village").len(), 7);
    person.says("village", "31.75.07.1001");
    assert_eq!(person.value("village_name"), "Duren Sawit");
    // Another regency: what was chosen below no longer fits.
    person.says("regency", "18.09");
    assert_eq!(person.is_offered("district").len(), 11);
    assert!(person.open_ends().contains(&"district".to_owned()));
}

#[test]
fn a_kelurahan_holds_a_muskel_and_a_desa_a_musdes() {
    let mut person = duren_sawit();
    assert_eq!(
        person.reads("will_attend", "id"),
        "Bila diundang, apakah Anda mau datang ke Muskel?"
    );
    person.says("regency", "33.01").says("district", "33.01.18");
    person.says("village", "33.01.18.2001");
    assert_eq!(
        person.reads("will_attend", "en"),
        "If invited, would you come to the meeting (Musdes)?"
    );
}

#[test]
fn as_many_people_are_asked_about_as_live_in_the_house() {
    let mut person = duren_sawit();
    assert!(person.ids("members").is_empty());
    person.says("family_size", "4");
    assert_eq!(person.ids("members").len(), 4);
    person.says("family_size", "2");
    assert_eq!(person.ids("members").len(), 2);
    assert!(!person.is_asked("members 1 needs"));
}

#[test]
fn what_is_offered_for_a_person_follows_age_and_sex() {
    let mut person = family();
    for (place, groups) in [
        ("members 1 age_group", "elderly"),
        ("members 2 age_group", "adult"),
        ("members 3 age_group", "child"),
        ("members 4 age_group", "infant"),
    ] {
        assert_eq!(person.value(place), groups);
    }
    assert_eq!(person.value("dependants"), "3");
    assert_eq!(
        person.is_offered("members 4 conditions"),
        ["1", "5", "7", "11", "21", "22"]
    );
    assert_eq!(
        person.is_offered("members 1 conditions"),
        ["8", "9", "11", "12", "13", "20", "21", "22", "23"]
    );
    let offered = |person: &Person, number: usize, need: &str| {
        let place = format!("members {number} needs");
        person.is_offered(&place).contains(&need.to_owned())
    };
    assert!(offered(&person, 4, "immunisation") && !offered(&person, 3, "immunisation"));
    assert!(offered(&person, 3, "school_cost") && !offered(&person, 1, "school_cost"));
    assert!(offered(&person, 2, "mother_food") && offered(&person, 2, "job"));
    person.says("members 2 member_sex", "1");
    assert!(!offered(&person, 2, "mother_food"));
    // Needs of the whole family are not needs of one person.
    assert!(!offered(&person, 2, "house_repair") && offered(&person, 2, "other_member"));
    assert!(
        person.is_asked("members 3 goes_to_school") && !person.is_asked("members 4 goes_to_school")
    );
}

#[test]
fn a_need_that_the_age_no_longer_offers_is_shown_as_wrong() {
    let mut person = family();
    person.says("members 4 needs", "immunisation child_food");
    assert_eq!(person.is_told("members 4 needs", "id"), "");
    person.says("members 4 member_age", "40");
    assert_ne!(person.is_told("members 4 needs", "id"), "");
}

#[test]
fn all_that_was_named_is_picked_from_and_put_in_order() {
    let mut person = family();
    assert_eq!(person.value("need_count"), "0");
    assert!(person.is_asked("no_needs_note") && !person.is_asked("urgent_pick"));
    person.says("members 1 needs", "treatment aids");
    person.says("members 3 needs", "school_cost treatment");
    assert_eq!(
        person.is_offered("members 1 main_need"),
        ["treatment", "aids"]
    );
    assert!(!person.is_asked("members 2 main_need") && !person.is_asked("members 2 getting_help"));
    person.says("sectors", "housing food");
    assert_eq!(
        person.is_offered("family_needs"),
        [
            "staple_food",
            "cooking_fuel",
            "house_repair",
            "toilet",
            "water",
            "electricity",
            "rent"
        ]
    );
    person.says("family_needs", "toilet staple_food");
    assert_eq!(person.value("need_count"), "5");
    assert_eq!(
        person.is_offered("urgent_pick"),
        ["treatment", "aids", "school_cost", "staple_food", "toilet"]
    );
    person.says("urgent_pick", "treatment toilet");
    assert_eq!(person.is_offered("urgent_rank"), ["treatment", "toilet"]);
    person.says("urgent_rank", "toilet treatment");
    assert_eq!(person.value("most_urgent"), "toilet");
    assert_eq!(
        person.reads("urgent_since", "id"),
        "Sejak kapan keluarga Anda membutuhkan ini: Jamban sehat?"
    );
    // One alone needs no order.
    person.says("urgent_pick", "aids");
    assert!(!person.is_asked("urgent_rank"));
    assert_eq!(person.value("most_urgent"), "aids");
}

#[test]
fn an_order_names_every_need_that_was_picked() {
    let mut person = family();
    person.says("members 1 needs", "treatment aids care");
    person.says("urgent_pick", "treatment aids");
    let path = person.path("urgent_rank");
    assert!(person.form.set(&path, "treatment nothing").is_err());
    person.says("urgent_rank", "aids treatment");
    assert_eq!(person.is_told("urgent_rank", "id"), "");
    // One more was picked: the order is no longer complete.
    person.says("urgent_pick", "treatment aids care");
    assert_eq!(
        person.is_told("urgent_rank", "id"),
        "Yang diurutkan tidak sama dengan yang dipilih tadi. Urutkan semuanya lagi."
    );
    person.says("urgent_rank", "care aids treatment");
    assert_eq!(person.is_told("urgent_rank", "id"), "");
    assert_eq!(person.value("most_urgent"), "care");
}

#[test]
fn the_hard_services_are_counted_and_asked_about() {
    let mut person = family();
    person.answers(&[
        ("access_health", "3"),
        ("access_school", "4"),
        ("access_water", "1"),
        ("access_documents", "2"),
        ("access_office", "3"),
    ]);
    assert_eq!(person.value("hard_services"), "2");
    person
        .says("access_water", "0")
        .says("access_documents", "4");
    assert!(!person.is_asked("barriers"));
}

#[test]
fn aid_that_was_received_is_not_offered_as_wanted() {
    let mut person = family();
    person.says("aid_received", "pkh pbi_jk");
    let wanted = person.is_offered("aid_wanted");
    assert!(wanted.contains(&"sembako".to_owned()) && !wanted.contains(&"pkh".to_owned()));
    assert!(!wanted.contains(&"none".to_owned()));
    assert!(person.is_asked("aid_last") && person.is_asked("aid_enough"));
    person.says("aid_received", "none");
    assert!(!person.is_asked("aid_last") && person.is_asked("aid_wanted"));
}

#[test]
fn problems_of_the_register_are_followed_up_one_by_one() {
    let mut person = family();
    person.says("register_problems", "overlap well_off");
    assert!(person.is_asked("overlap_kinds") && person.is_asked("well_off_count"));
    assert!(!person.is_asked("left_out_count"));
    person.says("in_register", "unknown");
    assert!(!person.is_asked("check_way"));
}

#[test]
fn an_objection_without_an_answer_after_fourteen_days_is_warned_about() {
    let mut person = family();
    person.says("objection_known", "no");
    assert!(person.is_asked("objection_how_note") && !person.is_asked("objection_made"));
    person.answers(&[
        ("objection_known", "yes"),
        ("objection_made", "yes"),
        ("objection_channel", "village"),
        ("objection_date", "2026-11-11"),
        ("objection_result", "waiting"),
    ]);
    assert_eq!(person.value("objection_days"), "14");
    assert!(!person.is_asked("objection_late_note"));
    person.says("objection_date", "2026-11-05");
    assert!(person.is_asked("objection_late_note"));
    assert!(
        person
            .reads("objection_late_note", "id")
            .starts_with("Sudah 20 hari tanpa jawaban.")
    );
    person.says("objection_result", "accepted");
    assert!(!person.is_asked("objection_late_note"));
}

#[test]
fn a_photo_and_a_telephone_number_need_consent() {
    let mut person = family();
    person
        .says("photo_consent", "no")
        .says("contact_consent", "no");
    assert!(!person.is_asked("photo") && !person.is_asked("phone"));
    person
        .says("photo_consent", "yes")
        .says("contact_consent", "yes");
    assert!(person.is_asked("photo") && person.is_asked("phone"));
    assert!(
        !person.open_ends().contains(&"photo".to_owned()),
        "a photo is never demanded"
    );
}

#[test]
fn wrong_answers_are_refused_in_words_of_both_languages() {
    let mut person = family();
    for number in 1..=4 {
        person.says(&format!("members {number} needs"), "health_card treatment");
    }
    person.says("members 2 needs", "job skills capital");
    person.says("members 3 needs", "school_cost");
    person.says("contact_consent", "yes");
    person.is_refused(&[
        (
            "rt",
            "000",
            "RT berisi 1 sampai 3 angka, bukan 000.",
            "RT has 1 to 3 digits and is not 000.",
        ),
        (
            "respondent_age",
            "12",
            "Yang menjawab berumur 17 tahun ke atas. Mintalah orang dewasa di rumah ini.",
            "The person who answers is 17 or older. Ask for an adult of this house.",
        ),
        (
            "respondent_name",
            "Sumi 1809",
            "Nama tidak memuat angka. Jangan tulis NIK di sini.",
            "A name has no digits. Do not write a NIK here.",
        ),
        (
            "urgent_pick",
            "health_card treatment job skills capital school_cost",
            "Pilih paling banyak 5 yang paling mendesak.",
            "Choose at most 5 that are most urgent.",
        ),
        (
            "aid_received",
            "pkh none",
            "“Tidak menerima apa pun” tidak dapat dipilih bersama bantuan lain.",
            "“None” cannot be chosen together with an aid.",
        ),
        (
            "register_problems",
            "none double",
            "“Tidak ada masalah” tidak dapat dipilih bersama masalah lain.",
            "“No problem” cannot be chosen together with a problem.",
        ),
        (
            "phone",
            "0812-3456",
            "Tulis angka saja, diawali 0 atau 62, tanpa spasi.",
            "Digits only, starting with 0 or 62, no spaces.",
        ),
    ]);
    person.says("aid_received", "pkh");
    person.is_refused(&[(
        "aid_last",
        "2025-10-01",
        "Pilih bulan dalam 12 bulan terakhir, bukan bulan yang akan datang.",
        "Choose a month within the last 12 months, not one to come.",
    )]);
    person.says("aid_last", "2025-11-01");
    assert_eq!(person.is_told("aid_last", "id"), "");
}

#[test]
fn a_whole_interview_leaves_nothing_open() {
    let mut person = family();
    person
        .says("members 1 conditions", "9")
        .says("members 1 needs", "aids treatment");
    person.answers(&[
        ("members 1 main_need", "aids"),
        ("members 1 getting_help", "no"),
        ("sectors", "housing"),
        ("family_needs", "water"),
        ("urgent_pick", "aids water"),
        ("urgent_rank", "water aids"),
        ("urgent_since", "longer"),
        ("coping", "borrow neighbours"),
        ("access_health", "2"),
        ("access_school", "3"),
        ("access_water", "1"),
        ("access_documents", "3"),
        ("access_office", "4"),
        ("access_welfare", "0"),
        ("barriers", "disability cost"),
        ("minutes_to_office", "15"),
        ("aid_received", "local"),
        ("aid_last", "2026-09-01"),
        ("aid_enough", "2"),
        ("aid_wanted", "sembako"),
        ("aid_applied", "yes"),
        ("in_register", "yes"),
        ("check_way", "rt"),
        ("register_problems", "well_off"),
        ("well_off_count", "3"),
        ("objection_known", "no"),
        ("objection_barrier", "afraid"),
        ("opinion_right", "2"),
        ("opinion_open", "1"),
        ("opinion_heard", "3"),
        ("opinion_safe", "2"),
        ("village_priorities", "data poorest houses health work"),
        ("proposal_kind", "new_family"),
        ("proposal", "Ada nenek tinggal sendiri di ujung gang"),
        ("will_attend", "yes"),
        ("resources_known", "psm karang_taruna"),
        ("help_neighbours", "4"),
        ("photo_consent", "no"),
        ("contact_consent", "no"),
    ]);
    assert_eq!(person.open_ends(), ["confirmed"]);
    assert_eq!(
        person.reads("summary_note", "id"),
        "Yang kami catat: 4 orang, 3 di antaranya anak di bawah 15 tahun atau lansia 65 tahun ke atas; 3 kebutuhan; paling mendesak: Air bersih di rumah."
    );
    person.says("confirmed", "OK");
    assert_eq!(person.open_ends(), [""; 0]);
    assert_eq!(person.form.instance_name(), "Duren Sawit, RT 005/RW 12");
}
