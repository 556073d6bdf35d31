//! The endpoint for Prometheus: `/metrics` on an address of its own.

use tokio::net::TcpListener;
use warp::Filter;
use warp::http::header::CONTENT_TYPE;

use crate::metrics::Metrics;

/// Media type of the OpenMetrics text format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves `/metrics` on this listener until the task is dropped.
pub async fn serve(listener: TcpListener, metrics: Metrics) {
    let route = warp::path!("metrics")
        .and(warp::get())
        .map(move || warp::reply::with_header(metrics.to_string(), CONTENT_TYPE, OPEN_METRICS));
    warp::serve(route).incoming(listener).run().await;
}
