//! The state that all connections of a server share, and the service that answers their requests.

use std::convert::Infallible;
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;

use super::connection_context::ConnectionContext;
use super::file_access::FileAccess;
use super::response_body::ResponseBody;
use crate::client_limits::ClientLimits;
use crate::config::Config;
use crate::evidence::Deliveries;
use crate::media::Volume;
use crate::metrics::Metrics;

/// The state that all connections share; cheap to clone.
#[derive(Clone)]
pub struct ServerContext {
    /// The settings.
    pub config: Arc<Config>,
    /// The volume whose files are sent; `None` if this process has none.
    pub volume: Option<Volume>,
    /// Checks access to the files.
    pub access: Arc<dyn FileAccess>,
    /// The limits on the resources that clients use.
    pub limits: ClientLimits,
    /// What was sent to clients, as evidence for views.
    pub deliveries: Arc<Deliveries>,
    /// The metrics of the server.
    pub metrics: Metrics,
}

/// Answers the requests of all connections that hyper serves; cheap to clone.
pub trait HttpService: Clone + Send + Sync + 'static {
    /// Answers one request that arrived over this connection.
    fn call(
        &self,
        connection: &ConnectionContext,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<ResponseBody>, Infallible>> + Send + 'static + use<Self>;
}
