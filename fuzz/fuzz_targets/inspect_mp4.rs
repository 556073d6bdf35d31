//! The target `inspect`, with seeds and a dictionary of MP4.
#![no_main]

mod inspect;

libfuzzer_sys::fuzz_target!(|content: &[u8]| inspect::run(content));
