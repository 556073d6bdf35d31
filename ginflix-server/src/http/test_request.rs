//! For tests: a request as a connection hands it to the routes.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, HeaderName, HeaderValue, Response, Uri};
use warp::reply::Response as Reply;

use super::request::{Origin, RequestHead};
use crate::delivery::request_id::RequestId;

/// The address of the client.
pub const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// A request that is being made.
pub struct TestRequest {
    head: RequestHead,
    target: String,
    body: Vec<u8>,
}

/// A request without fields and body.
pub fn request(method: &str, target: &str) -> TestRequest {
    let uri: Uri = target.parse().unwrap();
    let head = RequestHead {
        origin: Origin { id: RequestId(Uuid::nil()), client: CLIENT, secure: false },
        method: method.parse().unwrap(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: HeaderMap::new(),
    };
    TestRequest { head, target: target.to_owned(), body: Vec::new() }
}

impl TestRequest {
    /// Adds a field.
    pub fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        let value = HeaderValue::from_str(value.as_ref()).unwrap();
        self.head.headers.append(HeaderName::from_static(name), value);
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    /// Sends it.
    pub async fn reply(self, routes: &BoxedFilter<(Reply,)>) -> Response<Bytes> {
        let request = warp::test::request().method(self.head.method.as_str()).path(&self.target);
        request.extension(Arc::new(self.head)).body(self.body).reply(routes).await
    }
}
