//! Requests for unit tests, in the form that the connection passes them to the routes.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, HeaderName, HeaderValue, Response, Uri};
use warp::reply::Response as Reply;

use super::request::{RequestContext, RequestHead};
use crate::delivery::request_id::RequestId;

/// Address of the client.
pub const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// A request under construction.
pub struct TestRequest {
    head: RequestHead,
    target: String,
    body: Vec<u8>,
}

/// Starts a request without header fields and body.
pub fn request(method: &str, target: &str) -> TestRequest {
    let uri: Uri = target.parse().unwrap();
    let head = RequestHead {
        context: RequestContext { id: RequestId(Uuid::nil()), client: CLIENT, is_secure: false },
        method: method.parse().unwrap(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: HeaderMap::new(),
    };
    TestRequest { head, target: target.to_owned(), body: Vec::new() }
}

impl TestRequest {
    /// Adds a header field.
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

    /// Sends the request to the routes and returns the response.
    pub async fn reply(self, routes: &BoxedFilter<(Reply,)>) -> Response<Bytes> {
        let request = warp::test::request().method(self.head.method.as_str()).path(&self.target);
        request.extension(Arc::new(self.head)).body(self.body).reply(routes).await
    }
}
