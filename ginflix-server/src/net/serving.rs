//! What connections are served with, and what answers their requests.

use std::convert::Infallible;
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;

use super::file_access::FileAccess;
use super::link::Link;
use super::payload::Payload;
use crate::client_limits::ClientLimits;
use crate::config::Config;
use crate::media::Volume;
use crate::metrics::Metrics;

/// What all connections share; cheap to clone.
#[derive(Clone)]
pub struct Serving {
    /// The settings.
    pub config: Arc<Config>,
    /// The volume whose files are sent; `None` where this process owns none.
    pub volume: Option<Volume>,
    /// Decides which clients may have its files.
    pub access: Arc<dyn FileAccess>,
    /// What clients may use of this process.
    pub limits: ClientLimits,
    /// Where it is counted.
    pub metrics: Metrics,
}

/// Answers the requests of all connections that the HTTP library reads; cheap to clone.
pub trait HttpService: Clone + Send + Sync + 'static {
    /// Answers one request that came over this connection.
    fn answer(
        &self,
        link: &Link,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Payload>, Infallible>> + Send + 'static + use<Self>;
}
