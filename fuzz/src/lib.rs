//! The one module with `unsafe`, whose tests run here under a sanitizer.

#[path = "../../ginflix-server/src/media/mapping.rs"]
pub mod mapping;
