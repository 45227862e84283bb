//! A register of any size: real villages of Kabupaten Pesawaran, invented families of three.

use lawang_domain::VillageCode;
use lawang_prelist::regions::village_exists;
use std::fmt::Write;

/// Most villages; Pesawaran has 148.
const VILLAGES: usize = 148;
/// Households of a village in a small register.
const FEW: usize = 100;

/// The regency's villages, as many as the size wants.
pub fn villages(households: usize) -> Vec<VillageCode> {
    let wanted = (households / FEW).clamp(1, VILLAGES);
    let codes = (1..=20).flat_map(|district| {
        (1..=60).map(move |village| format!("18.09.{district:02}.20{village:02}"))
    });
    codes
        .filter_map(|code| code.parse::<VillageCode>().ok())
        .filter(village_exists)
        .take(wanted)
        .collect()
}

const COLUMNS: &str = "register_id,village_code,no_kk,sls,rt,rw,address,welfare_decile,\
register_updated,tenure_status,floor_area,floor_material,wall_material,roof_material,\
drinking_water_source,lighting_source,power_va_1,cooking_fuel,toilet_facility,closet_type,\
sewage_disposal,asset_refrigerator,asset_motorcycle,asset_car,asset_television,\
asset_smartphone,program_sembako,program_pkh,program_blt_dd,person_id,name,nik,sex,\
birth_place,birth_date,relation_to_head,marital_status,mother_maiden_name,\
presence_status,school_participation,highest_certificate,worked_last_week,\
work_status,health_cover";

/// The prelist, and its villages.
pub fn prelist(households: usize) -> (Vec<u8>, Vec<VillageCode>) {
    let villages = villages(households);
    let mut out = format!("{COLUMNS}\n");
    for h in 0..households {
        let village = villages[h % villages.len()];
        for (m, (name, sex, year, relation)) in [
            ("BUDI SANTOSO", 1, 1980, 1),
            ("SITI AMINAH", 2, 1983, 2),
            ("AGUS", 1, 2010, 3),
        ]
        .into_iter()
        .enumerate()
        {
            // Every person has a number of their own: day, month and a serial count up.
            let (serial, day) = (h % 9_999 + 1, h / 9_999 % 28 + 1);
            let digits = if sex == 2 { day + 40 } else { day };
            let nik = format!(
                "1809{:02}{digits:02}{:02}{:02}{serial:04}",
                m + 1,
                m + 3,
                year % 100
            );
            let _ = writeln!(
                out,
                "R-{h},{village},1809{h:012},Dusun {},{:03},001,Dusun I No. {h},2,2024-09-01,1,36,6,1,2,\
                 2,1,1,4,1,1,1,2,1,2,1,1,1,2,2,P-{h}-{m},{name} {h},{nik},{sex},PESAWARAN,\
                 {year}-{:02}-{day:02},{relation},2,SUMIATI,1,1,3,1,,",
                h % 4 + 1,
                h % 5 + 1,
                m + 3,
            );
        }
    }
    (out.into_bytes(), villages)
}
