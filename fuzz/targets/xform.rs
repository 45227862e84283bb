//! Any bytes as an ODK XForm.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    lawang_fuzz::check_and_fill(bytes, "fuzz.xml", &lawang_fuzz::files());
});
