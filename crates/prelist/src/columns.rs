//! The columns of a prelist, with the codes of REGSOSEK22-K that each allows.

/// Whom a column describes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// The household; equal in all its rows.
    Household,
    /// The person of the row.
    Member,
}

/// What a cell may hold. Every cell may be empty, except the two ids and the village.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// An identifier of the register, at most 100 characters, required.
    Id,
    /// A dotted Kemendagri village code, required.
    Village,
    /// Free text.
    Text,
    /// The person's name.
    Name,
    /// A NIK; odd ones are imported with a warning.
    Nik,
    /// A No. KK; odd ones are imported with a warning.
    FamilyCard,
    /// `YYYY-MM-DD`, or day first with `/` or `-`.
    Date,
    /// A number of square metres, 0 to 100,000.
    Area,
    /// One of these codes.
    One(&'static [&'static str]),
    /// Any of these codes, with blanks between; the first stands for none and stands alone.
    Many(&'static [&'static str]),
}

/// One column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// Name in the header, and key of the answer.
    pub name: &'static str,
    /// Household or person.
    pub scope: Scope,
    /// What it holds.
    pub kind: Kind,
}

const YES_NO: Kind = Kind::One(&["1", "2"]);

const fn codes(count: usize) -> &'static [&'static str] {
    const ALL: [&str; 23] = [
        "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16",
        "17", "18", "19", "20", "21", "22", "23",
    ];
    const ALL_REF: &[&str] = &ALL;
    ALL_REF.split_at(count).0
}

const fn home(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        scope: Scope::Household,
        kind,
    }
}

const fn person(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        scope: Scope::Member,
        kind,
    }
}

/// Every column that a prelist has, in the order of the header that is written.
pub const COLUMNS: &[Column] = &[
    home("register_id", Kind::Id),
    home("village_code", Kind::Village),
    home("no_kk", Kind::FamilyCard),
    home("sls", Kind::Text),
    home("rt", Kind::Text),
    home("rw", Kind::Text),
    home("address", Kind::Text),
    home("welfare_decile", Kind::One(codes(10))),
    home("register_updated", Kind::Date),
    home("tenure_status", Kind::One(codes(5))),
    home("floor_area", Kind::Area),
    home("floor_material", Kind::One(codes(9))),
    home("wall_material", Kind::One(codes(7))),
    home("roof_material", Kind::One(codes(8))),
    home("drinking_water_source", Kind::One(codes(11))),
    home("lighting_source", Kind::One(codes(4))),
    home("power_va_1", Kind::One(codes(5))),
    home("cooking_fuel", Kind::One(codes(12))),
    home("toilet_facility", Kind::One(codes(6))),
    home("closet_type", Kind::One(codes(4))),
    home("sewage_disposal", Kind::One(codes(6))),
    home("asset_refrigerator", YES_NO),
    home("asset_motorcycle", YES_NO),
    home("asset_car", YES_NO),
    home("asset_television", YES_NO),
    home("asset_smartphone", YES_NO),
    home("program_sembako", YES_NO),
    home("program_pkh", YES_NO),
    home("program_blt_dd", YES_NO),
    person("person_id", Kind::Id),
    person("name", Kind::Name),
    person("nik", Kind::Nik),
    person("sex", YES_NO),
    person("birth_place", Kind::Text),
    person("birth_date", Kind::Date),
    person("relation_to_head", Kind::One(codes(8))),
    person("marital_status", Kind::One(codes(4))),
    person("mother_maiden_name", Kind::Text),
    person("presence_status", Kind::One(codes(6))),
    person("school_participation", Kind::One(codes(3))),
    person("highest_certificate", Kind::One(codes(23))),
    person("worked_last_week", YES_NO),
    person("work_status", Kind::One(codes(8))),
    person("health_cover", Kind::Many(&["0", "1", "2", "4", "8", "99"])),
];

/// Names that villages and older extracts give to the columns, for “did you mean”.
pub(crate) const ALIASES: &[(&str, &str)] = &[
    ("id_dtks", "register_id"),
    ("iddtks", "register_id"),
    ("idbdt", "register_id"),
    ("id_keluarga", "register_id"),
    ("kode_desa", "village_code"),
    ("kode_kelurahan", "village_code"),
    ("kode_wilayah", "village_code"),
    ("kk", "no_kk"),
    ("nomor_kk", "no_kk"),
    ("nokk", "no_kk"),
    ("dusun", "sls"),
    ("alamat", "address"),
    ("desil", "welfare_decile"),
    ("tanggal_pemutakhiran", "register_updated"),
    ("luas_lantai", "floor_area"),
    ("jenis_lantai", "floor_material"),
    ("lantai", "floor_material"),
    ("jenis_dinding", "wall_material"),
    ("dinding", "wall_material"),
    ("jenis_atap", "roof_material"),
    ("atap", "roof_material"),
    ("daya", "power_va_1"),
    ("id_art", "person_id"),
    ("id_individu", "person_id"),
    ("nama", "name"),
    ("nama_lengkap", "name"),
    ("no_nik", "nik"),
    ("no_ktp", "nik"),
    ("jenis_kelamin", "sex"),
    ("jk", "sex"),
    ("gender", "sex"),
    ("tempat_lahir", "birth_place"),
    ("tanggal_lahir", "birth_date"),
    ("tgl_lahir", "birth_date"),
    ("hubungan", "relation_to_head"),
    ("hubungan_keluarga", "relation_to_head"),
    ("shdk", "relation_to_head"),
    ("status_kawin", "marital_status"),
    ("status_perkawinan", "marital_status"),
    ("nama_ibu", "mother_maiden_name"),
    ("ibu_kandung", "mother_maiden_name"),
    ("nama_ibu_kandung", "mother_maiden_name"),
    ("ijazah", "highest_certificate"),
    ("bekerja", "worked_last_week"),
];
