//! A small prelist in the field's format.

/// The village of the small register: Gedong Tataan's first.
pub const VILLAGE: &str = "18.09.01.2001";
/// Another village, for what must not be seen.
pub const OTHER: &str = "18.09.01.2002";

/// A prelist of `households` families of three in a village, built from the sample generator's columns.
pub fn small(village: &str, households: usize) -> Vec<u8> {
    let columns: Vec<&str> = lawang_prelist_columns();
    let mut out = columns.join(",");
    out.push('\n');
    for h in 0..households {
        for m in 0..3 {
            let values: Vec<String> = columns.iter().map(|c| value(c, village, h, m)).collect();
            out.push_str(&values.join(","));
            out.push('\n');
        }
    }
    out.into_bytes()
}

fn lawang_prelist_columns() -> Vec<&'static str> {
    vec![
        "register_id",
        "village_code",
        "no_kk",
        "sls",
        "rt",
        "rw",
        "address",
        "welfare_decile",
        "register_updated",
        "tenure_status",
        "floor_area",
        "floor_material",
        "wall_material",
        "roof_material",
        "drinking_water_source",
        "lighting_source",
        "power_va_1",
        "cooking_fuel",
        "toilet_facility",
        "closet_type",
        "sewage_disposal",
        "asset_refrigerator",
        "asset_motorcycle",
        "asset_car",
        "asset_television",
        "asset_smartphone",
        "program_sembako",
        "program_pkh",
        "program_blt_dd",
        "person_id",
        "name",
        "nik",
        "sex",
        "birth_place",
        "birth_date",
        "relation_to_head",
        "marital_status",
        "mother_maiden_name",
        "presence_status",
        "school_participation",
        "highest_certificate",
        "worked_last_week",
        "work_status",
        "health_cover",
    ]
}

fn value(column: &str, village: &str, h: usize, m: usize) -> String {
    let digits = village.replace('.', "");
    match column {
        "register_id" => format!("R-{digits}-{h}"),
        "person_id" => format!("P-{digits}-{h}-{m}"),
        "village_code" => village.into(),
        "no_kk" => format!("180901010120{:04}", 9000 + h),
        "sls" => "Dusun I".into(),
        "rt" => format!("{:03}", 1 + h % 5),
        "rw" => "001".into(),
        "address" => format!("Dusun I RT {:03} No. {h}", 1 + h % 5),
        "register_updated" => "2025-09-01".into(),
        "name" => format!("{} {h}", ["BUDI SANTOSO", "SITI AMINAH", "AGUS"][m]),
        "nik" => format!(
            "1809{:02}{:02}0{}{:02}9{:03}",
            1 + m,
            if m == 1 { 51 } else { 11 },
            1 + m,
            80 + m * 3,
            h % 1000
        ),
        "sex" => ["1", "2", "1"][m].into(),
        "birth_place" => "PESAWARAN".into(),
        "birth_date" => ["1980-01-11", "1983-02-11", "2010-03-11"][m].into(),
        "relation_to_head" => ["1", "2", "3"][m].into(),
        "marital_status" => ["2", "2", "1"][m].into(),
        "mother_maiden_name" => "SUMIATI".into(),
        "floor_area" => "36".into(),
        "floor_material" => "6".into(),
        "health_cover" => String::new(),
        "welfare_decile" => "2".into(),
        "highest_certificate" => "3".into(),
        "work_status" => String::new(),
        "closet_type" => "1".into(),
        _ => "1".into(),
    }
}
