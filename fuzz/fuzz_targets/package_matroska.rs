//! The target `package`, with seeds and a dictionary of Matroska.
#![no_main]

mod package;

libfuzzer_sys::fuzz_target!(|content: &[u8]| package::run(content));
