//! The evaluation of a training (bimtek), filled in by an officer on the last day.

mod person;

use person::Person;

const FORM: &str = "training_satisfaction.xlsx";

const FACILITIES: [&str; 8] = [
    "facility_room",
    "facility_dining",
    "facility_worship",
    "facility_furniture",
    "facility_whiteboard",
    "facility_projector",
    "facility_sound",
    "facility_module",
];

const TRAINER: [&str; 12] = [
    "trainer_mastery",
    "trainer_order",
    "trainer_delivery",
    "trainer_punctual",
    "trainer_methods",
    "trainer_conduct",
    "trainer_answers",
    "trainer_language",
    "trainer_motivation",
    "trainer_goals",
    "trainer_dress",
    "trainer_team",
];

const SKILLS: [&str; 9] = [
    "skill_find",
    "skill_split",
    "skill_gone",
    "skill_overlap",
    "skill_remove",
    "skill_replace",
    "skill_photo",
    "skill_offline",
    "skill_minutes",
];

fn officer() -> Person {
    let mut person = Person::opens(FORM);
    person.answers(&[
        ("regency", "18.09"),
        ("district", "18.09.01"),
        ("training_place", "Balai Desa Bagelen"),
        ("training_start", "2026-11-23"),
        ("training_days", "3"),
        ("days_attended", "3"),
        ("topics", "app nik removal"),
        ("participant_role", "operator"),
        ("sex", "1"),
        ("age", "29"),
        ("education", "sma"),
        ("experience_years", "2"),
        ("trained_before", "no"),
    ]);
    person
}

fn rates(person: &mut Person, questions: &[&str], scores: &[u8]) {
    for (question, score) in questions.iter().zip(scores) {
        person.says(question, &score.to_string());
    }
}

fn rates_trainer(person: &mut Person, number: usize, score: u8) {
    for question in TRAINER {
        let place = format!("trainers {number} {question}");
        if person.is_asked(&place) {
            person.says(&place, &score.to_string());
        }
    }
}

#[test]
fn an_author_has_nothing_to_mend_and_both_languages_are_complete() {
    person::nothing_to_mend(FORM);
    Person::opens(FORM).understands_every_question();
}

#[test]
fn a_facility_that_was_not_there_does_not_lower_the_index() {
    let mut person = officer();
    rates(&mut person, &FACILITIES, &[4, 4, 5, 3, 4, 5, 4, 3]);
    // 32 / 8 * 20.
    assert_eq!(person.value("facility_index"), "80");
    assert!(!person.is_asked("facility_remark"));
    person.says("facility_dining", "0");
    // 28 / 7 * 20.
    assert_eq!(
        (
            person.value("facility_count"),
            person.value("facility_index")
        ),
        ("7".into(), "80".into())
    );
    person.says("facility_projector", "2");
    // 25 / 7 * 20.
    assert_eq!(person.value("facility_index"), "71.43");
    assert!(person.is_asked("facility_remark"));
}

#[test]
fn each_trainer_has_a_rating_and_the_index_is_their_mean() {
    let mut person = officer();
    person.says("trainer_count", "2");
    assert!(!person.is_asked("trainers 1 trainer_mastery"));
    for (number, name) in [(1, "Bu Ratna"), (2, "Pak Joko")] {
        person.says(&format!("trainers {number} trainer_name"), name);
    }
    assert_eq!(
        person.is_offered("trainers 1 trainer_topic"),
        ["app", "nik", "removal"]
    );
    rates_trainer(&mut person, 1, 5);
    assert_eq!(person.value("trainers 1 trainer_index"), "100");
    assert_eq!(person.value("trainers_index"), "100");
    rates_trainer(&mut person, 2, 4);
    person.says("trainers 2 trainer_punctual", "1");
    // 45 / 12 * 20.
    assert_eq!(person.value("trainers 2 trainer_index"), "75");
    assert_eq!(person.value("trainers_index"), "87.5");
    assert_eq!(
        person.reads("trainers 2 trainer_remark", "id"),
        "Apa yang perlu diperbaiki Pak Joko?"
    );
    assert!(
        person.is_asked("trainers 2 trainer_remark")
            && !person.is_asked("trainers 1 trainer_remark")
    );
}

#[test]
fn a_trainer_alone_is_not_rated_for_working_with_others() {
    let mut person = officer();
    person
        .says("trainer_count", "1")
        .says("trainers 1 trainer_name", "Bu Ratna");
    assert!(!person.is_asked("trainers 1 trainer_team"));
    rates_trainer(&mut person, 1, 3);
    assert_eq!(person.value("trainers 1 trainer_rated"), "11");
    assert_eq!(person.value("trainers 1 trainer_index"), "60");
}

#[test]
fn scores_that_fall_are_doubted_and_trials_are_counted() {
    let mut person = officer();
    person.answers(&[
        ("test_taken", "yes"),
        ("score_before", "55.5"),
        ("score_after", "80"),
    ]);
    assert_eq!(person.value("score_gain"), "24.5");
    assert!(!person.is_asked("score_note"));
    person.says("score_after", "50");
    assert!(person.is_asked("score_note"));
    person.says("trial_updates", "0");
    assert!(!person.is_asked("trial_correct"));
    person
        .says("trial_updates", "12")
        .says("trial_correct", "11");
    assert_eq!(person.value("trial_percent"), "91.7");
    person.is_refused(&[(
        "trial_correct",
        "13",
        "Tidak lebih dari jumlah uji coba (12).",
        "Not more than the number tried (12).",
    )]);
}

#[test]
fn abilities_give_an_index_when_all_nine_are_rated() {
    let mut person = officer();
    rates(&mut person, &SKILLS, &[4, 3, 3, 2, 3, 2, 4, 4]);
    assert_eq!(person.value("skill_index"), "");
    person.says("skill_minutes", "3");
    // 28 / 9 * 25.
    assert_eq!(person.value("skill_index"), "77.78");
    assert_eq!(person.value("skill_weak"), "2");
}

#[test]
fn subjects_to_repeat_are_put_in_order() {
    let mut person = officer();
    person.says("topics_again", "removal");
    assert!(!person.is_asked("topics_rank"));
    person.says("topics_again", "removal nik meeting");
    assert_eq!(
        person.is_offered("topics_rank"),
        ["nik", "removal", "meeting"]
    );
    person.says("topics_rank", "removal meeting nik");
    assert_eq!(person.is_told("topics_rank", "id"), "");
}

#[test]
fn wrong_answers_are_refused_in_words_of_both_languages() {
    let mut person = officer();
    person.is_refused(&[
        (
            "training_start",
            "2026-11-26",
            "Bimtek dinilai setelah dimulai. Pilih tanggal yang sudah lewat.",
            "A training is rated after it began. Choose a day that has passed.",
        ),
        (
            "days_attended",
            "4",
            "Paling banyak sama dengan lamanya bimtek (3 hari).",
            "At most as long as the training itself (3 days).",
        ),
        (
            "experience_years",
            "15",
            "Lebih lama daripada yang mungkin pada umur ini. Periksa umur dan lamanya.",
            "Longer than this age allows. Check the age and the years.",
        ),
        (
            "difficulties",
            "none signal",
            "“Tidak ada” tidak dapat dipilih bersama kesulitan lain.",
            "“None” cannot be chosen together with a difficulty.",
        ),
    ]);
}

#[test]
fn a_whole_evaluation_leaves_nothing_open() {
    let mut person = officer();
    rates(&mut person, &FACILITIES, &[4, 4, 4, 4, 4, 4, 4, 4]);
    person.says("trainer_count", "1");
    person.answers(&[
        ("trainers 1 trainer_name", "Bu Ratna"),
        ("trainers 1 trainer_topic", "app"),
    ]);
    rates_trainer(&mut person, 1, 4);
    rates(&mut person, &SKILLS, &[3; 9]);
    person.answers(&[
        ("test_taken", "no"),
        ("trial_updates", "5"),
        ("trial_correct", "5"),
        ("difficulties", "signal overlap"),
        ("time_enough", "no"),
        ("late_reason", "far"),
    ]);
    assert_eq!(person.open_ends(), ["recommend"]);
    person.says("recommend", "9");
    assert_eq!(person.open_ends(), [""; 0]);
    assert_eq!(
        person.reads("result_note", "id"),
        "Nilai sarana 80, narasumber 80, kemampuan 75, dari 100."
    );
}
