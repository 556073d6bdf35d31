//! The HTTP API and the web pages: the only module that uses warp and status codes.
//!
//! A request passes [`mod@service`], which adds what concerns every request, and the table in
//! [`routes`], which authorizes it and calls a handler in the module of its resource. An error of
//! a handler becomes a response in [`error_responder`].

pub mod auth;
pub mod error_responder;
pub mod health;
mod hls;
pub mod metrics_endpoint;
pub mod reply;
pub mod request;
pub mod routes;
pub mod service;

mod account;
mod appearance;
mod assets;
mod audit;
mod backups;
mod collections;
mod content_coding;
mod drain_on_drop;
mod file_access;
mod forward;
mod genres;
mod host;
mod imports;
mod language;
mod libraries;
mod links;
mod media;
mod media_errors;
mod movies;
mod oembed;
mod openapi;
mod pages;
mod path_params;
mod peer;
mod playbacks;
mod posters;
mod precondition;
mod proxy;
mod representation;
mod session;
mod site_files;
mod staleness;
mod status;
mod stream;
mod subtitles;
#[cfg(test)]
mod test_request;
mod theme;
mod tokens;
mod tus_headers;
mod upload_cors;
mod uploads;
mod users;
mod views;
mod watching;

pub use assets::has_hls_js;
pub use service::service;
