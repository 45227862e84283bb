//! `README.md` of a sample.

use crate::{REFERENCE_DAY, Sample};

impl Sample {
    /// What the files are, first of all that nobody in them exists.
    pub fn readme(&self) -> String {
        let count = |of: &dyn Fn(&crate::model::Household) -> bool| {
            self.households.iter().filter(|h| of(h)).count()
        };
        let pbi: usize = self
            .households
            .iter()
            .map(|h| h.plan.pbi.iter().filter(|p| **p).count())
            .sum();
        format!(
            "# Data tiruan / synthetic data

**Semua orang, keluarga, nomor dan alamat di sini rekaan.** Hanya nama dan kode wilayah yang nyata. Nomor urut NIK dan No. KK
tiruan mulai dari 9000.

**Every person, family, number and address here is invented.** Only the names and codes of the regions are real. Synthetic
NIKs and No. KKs have serials from 9000 upwards.

Size `{size}`, seed `{seed}`: {villages} villages, {families} families, {persons} persons; PKH {pkh} families, Sembako
{sembako} families, PBI-JK {pbi} persons. Day of the extract: {day}. The same size and seed give the same bytes.

| file | what it is |
|---|---|
| `prelist.csv` | the register's copy (SIKS), with errors; one row a person, columns as in docs/prelist.md |
| `dukcapil.csv` | the civil registry's copy, by NIK, with gaps and delays of its own |
| `subsidies/*.csv` | lists of the programmes: pkh, sembako, blt_dd, electricity, lpg by family; pbi_jk, pip by person |
| `truth/persons.csv`, `truth/households.csv` | who people are, with `truth_id` |
| `truth/errors.csv` | every planted error; `detail` is the `person_id` of the other row |

`truth/` is for judging results only and is never imported.

The prelist has exactly one row for each of the {persons} persons' places. Somebody who is listed in a second family
(`in_two_kk`) takes the place of a member there instead of adding a row; that member is then `left_out_of_register`.
Husband and wife both aided: the wife stands on `sembako.csv`, the husband on `blt_dd.csv`.
A birth date registered as 1 January stands so in the NIK and in the civil registry too; `truth/persons.csv` has the real one.

Region data: idn-area-data 4.0.1, Open Database License 1.0.
",
            size = self.size,
            seed = self.seed,
            villages = self.villages().len(),
            families = self.families(),
            persons = self.persons(),
            pkh = count(&|h| h.plan.pkh),
            sembako = count(&|h| h.plan.sembako),
            day = REFERENCE_DAY,
        )
    }
}
