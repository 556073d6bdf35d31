//! The OpenAPI document, checked by programs of other projects: two validators, and schemathesis,
//! which generates requests from the document and compares the responses with it.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod conformance;
mod schemathesis;
mod validity;
