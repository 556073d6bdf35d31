//! What the private address answers: `/metrics`.

use tokio::net::TcpListener;
use warp::Filter;
use warp::http::header::CONTENT_TYPE;

use crate::metrics::Metrics;

/// The type that Prometheus asks for.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves the private address for ever.
pub async fn serve(listener: TcpListener, metrics: Metrics) {
    let route = warp::path!("metrics")
        .and(warp::get())
        .map(move || warp::reply::with_header(metrics.to_string(), CONTENT_TYPE, OPEN_METRICS));
    warp::serve(route).incoming(listener).run().await;
}
