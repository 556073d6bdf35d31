//! HTTP: the only part that knows warp and status codes.
//!
//! A request goes `routes` → `request` (who asks, limits) → a handler in the
//! file of its resource → `reply`.

pub mod auth;
pub mod health;
pub mod private;
pub mod refusal;
pub mod reply;
pub mod request;
pub mod routes;
pub mod service;

mod assets;
mod audit;
mod backups;
mod file_access;
mod forward;
mod genres;
mod links;
mod media;
mod media_errors;
mod movies;
mod name;
mod openapi;
mod pages;
mod peer;
mod playbacks;
mod posters;
mod precondition;
mod proxy;
mod refusable;
mod session;
mod stale;
mod status;
mod stream;
#[cfg(test)]
mod test_request;
mod tokens;
mod tus_headers;
mod upload_origins;
mod uploads;
mod users;
mod views;

pub use service::service;
