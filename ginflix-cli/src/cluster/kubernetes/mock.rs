//! A mock of the Kubernetes API for tests, which records the requests.

use std::sync::{Arc, Mutex};

use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};

/// A request to the mock.
#[derive(Debug, Clone)]
pub struct Call {
    /// Method and path with the query, such as `PATCH /api/v1/namespaces/films`.
    pub request: String,
    /// The body, if it is JSON.
    pub body: Value,
}

/// The requests so far, in order.
pub type Calls = Arc<Mutex<Vec<Call>>>;

/// Returns a client of a mock that responds to each request with the status code and body that
/// `respond` returns: text as it is, and other values as JSON.
pub fn mock_api(respond: impl Fn(&Call) -> (u16, Value) + Send + 'static) -> (Client, Calls) {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let calls = Calls::default();
    let recorded = Arc::clone(&calls);
    tokio::spawn(async move {
        while let Some((request, responder)) = handle.next_request().await {
            let line = format!("{} {}", request.method(), request.uri());
            let bytes = request.into_body().collect_bytes().await.unwrap_or_default();
            let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            let call = Call { request: line, body };
            let (status, body) = respond(&call);
            recorded.lock().unwrap().push(call);
            let bytes = match body {
                Value::String(text) => text.into_bytes(),
                body => serde_json::to_vec(&body).unwrap(),
            };
            let response = Response::builder()
                .status(status)
                .header("content-type", "application/json")
                .body(Body::from(bytes));
            responder.send_response(response.unwrap());
        }
    });
    (Client::new(service, "default"), calls)
}

/// Returns the response of the API to a request that fails.
pub fn status(code: u16, reason: &str, message: &str) -> (u16, Value) {
    let body = json!({
        "apiVersion": "v1", "kind": "Status", "status": "Failure",
        "code": code, "reason": reason, "message": message,
    });
    (code, body)
}

/// Returns the response of the API for an object that does not exist.
pub fn not_found() -> (u16, Value) {
    status(404, "NotFound", "not found")
}

/// Returns the response of the API with a list of objects.
pub fn list(kind: &str, items: &[Value]) -> (u16, Value) {
    let body = json!({
        "apiVersion": "v1", "kind": format!("{kind}List"), "metadata": {}, "items": items,
    });
    (200, body)
}

/// Returns the requests without their bodies.
pub fn requests(calls: &Calls) -> Vec<String> {
    calls.lock().unwrap().iter().map(|call| call.request.clone()).collect()
}
