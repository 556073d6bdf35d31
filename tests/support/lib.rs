//! Helpers of the black-box suites: the real binaries, media files, databases, a browser.
//!
//! # Layout
//! - [`binaries`]: builds and finds `ginflix-server` and `ginflix`
//! - [`server`]: a server process with its own port and volume
//! - [`fleet`]: a web server and several streamers; [`gateway`]: a load balancer in front of them
//! - [`http`]: requests to a server, and the form that every error response must have
//! - [`viewer`]: a player that requests and reports what it plays
//! - [`certificate`]: self-signed TLS certificates
//! - [`cgroup`]: a memory limit for a server
//! - [`fsyncs`]: kills a program exactly at one of its fsyncs
//! - [`namespace`]: mounts that only a test and its server see
//! - [`cli`]: the `ginflix` command with its own home directory
//! - [`media_files`]: small real MP4 and WebM files, encoded once by ffmpeg; [`library`]: folders of them
//! - [`browser`]: headless Chromium that collects the errors of every page
//! - [`firefox`]: headless Firefox, driven by WebDriver BiDi
//! - [`pictures`]: pictures that tests send as posters
//! - [`proxy`]: proxies that cut connections, or hold requests back
//! - [`postgres`]: a private PostgreSQL server
//! - [`kubectl`]: a Kubernetes cluster and its nodes
//! - [`manifests`]: the files of `k8s/` as data; [`connections`]: the connections that they allow
//! - [`exceptions`]: findings of other projects' programs that are accepted
//! - [`random`]: pseudo-random numbers
//! - [`wait`]: polling with a deadline
//!
//! Helpers panic when something is wrong, because they are parts of tests.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

pub mod binaries;
pub mod browser;
pub mod certificate;
pub mod cgroup;
pub mod cli;
pub mod connections;
pub mod exceptions;
pub mod firefox;
pub mod fleet;
pub mod fsyncs;
pub mod gateway;
pub mod http;
pub mod kubectl;
pub mod library;
pub mod manifests;
pub mod media_files;
pub mod namespace;
pub mod pictures;
pub mod postgres;
pub mod proxy;
pub mod random;
pub mod server;
pub mod viewer;
pub mod wait;
