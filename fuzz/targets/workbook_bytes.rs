//! Any bytes as a file: .xlsx, .xls, XML, CSV, Markdown or nothing of that.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: lawang_fuzz::ignore_panics_of_readers(), |bytes: &[u8]| {
    lawang_fuzz::check_and_fill(bytes, "fuzz.xlsx", &lawang_fuzz::files());
});
