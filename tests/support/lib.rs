//! What the black-box suites share: the real binaries, films, a browser.
//!
//! # Layout
//! - [`binaries`]: builds and finds `ginflix-server` and `ginflix`
//! - [`server`]: a server on a port of its own with a volume of its own
//! - [`fleet`]: a web server and several streamers; [`gateway`]: what stands before them
//! - [`http`]: plain requests to it, and what every error must look like
//! - [`certificate`]: for TLS
//! - [`cgroup`]: a memory limit for a server
//! - [`fsyncs`]: kills a server exactly at one of its fsyncs
//! - [`namespace`]: mounts that only a test and its server see
//! - [`cli`]: the `ginflix` command with a home of its own
//! - [`films`]: small real films, made once by ffmpeg
//! - [`browser`]: headless Chromium that remembers every complaint
//! - [`proxy`]: proxies that cut connections, or hold requests back
//! - [`postgres`]: a PostgreSQL of the tests' own
//! - [`kubectl`]: a Kubernetes cluster and its nodes
//! - [`manifests`]: the files of `k8s/` as data; [`connections`]: who may connect to whom
//! - [`wait`]: the one place that polls
//!
//! Helpers panic where something is wrong: they are parts of tests.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

pub mod binaries;
pub mod browser;
pub mod certificate;
pub mod cgroup;
pub mod cli;
pub mod connections;
pub mod fleet;
pub mod fsyncs;
pub mod gateway;
pub mod http;
pub mod kubectl;
pub mod manifests;
pub mod media_files;
pub mod namespace;
pub mod postgres;
pub mod proxy;
pub mod server;
pub mod wait;
