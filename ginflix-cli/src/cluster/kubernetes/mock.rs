//! A Kubernetes API for tests: answers by method and path, text as it is and all
//! else as JSON, and notes what it was asked.

use std::sync::{Arc, Mutex};

use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};

/// What the API was asked.
#[derive(Debug, Clone)]
pub struct Call {
    /// `PATCH /api/v1/namespaces/films`, with the query where there is one.
    pub what: String,
    /// The body, where it is JSON.
    pub body: Value,
}

/// The calls, as they come in.
pub type Calls = Arc<Mutex<Vec<Call>>>;

/// A client of an API that answers each call with status and body by `answer`.
pub fn api(answer: impl Fn(&Call) -> (u16, Value) + Send + 'static) -> (Client, Calls) {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let calls = Calls::default();
    let noted = Arc::clone(&calls);
    tokio::spawn(async move {
        while let Some((request, respond)) = handle.next_request().await {
            let what = format!("{} {}", request.method(), request.uri());
            let bytes = request.into_body().collect_bytes().await.unwrap_or_default();
            let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            let call = Call { what, body };
            let (status, body) = answer(&call);
            noted.lock().unwrap().push(call);
            let bytes = match body {
                Value::String(text) => text.into_bytes(),
                body => serde_json::to_vec(&body).unwrap(),
            };
            let response = Response::builder()
                .status(status)
                .header("content-type", "application/json")
                .body(Body::from(bytes));
            respond.send_response(response.unwrap());
        }
    });
    (Client::new(service, "default"), calls)
}

/// What the API says where something fails.
pub fn status(code: u16, reason: &str, message: &str) -> (u16, Value) {
    let body = json!({
        "apiVersion": "v1", "kind": "Status", "status": "Failure",
        "code": code, "reason": reason, "message": message,
    });
    (code, body)
}

/// There is no such thing.
pub fn absent() -> (u16, Value) {
    status(404, "NotFound", "not found")
}

/// A list of these.
pub fn list(kind: &str, items: &[Value]) -> (u16, Value) {
    let body = json!({
        "apiVersion": "v1", "kind": format!("{kind}List"), "metadata": {}, "items": items,
    });
    (200, body)
}

/// What was asked, without the bodies.
pub fn asked(calls: &Calls) -> Vec<String> {
    calls.lock().unwrap().iter().map(|call| call.what.clone()).collect()
}
