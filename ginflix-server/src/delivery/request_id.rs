//! The id of a request, and the header fields of all responses.

use std::fmt;
use std::time::SystemTime;

use http::header::{HeaderName, X_CONTENT_TYPE_OPTIONS};
use uuid::{NoContext, Timestamp, Uuid};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Identifies a request in the log, and for the client in `X-Request-Id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// An empty buffer for [`RequestId::encode`].
    pub const BUFFER: [u8; uuid::fmt::Simple::LENGTH] = [0; uuid::fmt::Simple::LENGTH];

    /// Creates a unique id. Ids are ordered by time, in milliseconds: RFC 9562, section 5.7.
    pub fn at(now: SystemTime) -> Self {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let time = Timestamp::from_unix(NoContext, since.as_secs(), since.subsec_nanos());
        Self(Uuid::new_v7(time))
    }

    /// Writes the id as hexadecimal digits.
    pub fn encode(self, buffer: &mut [u8; uuid::fmt::Simple::LENGTH]) -> &[u8] {
        self.0.simple().encode_lower(buffer).as_bytes()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

/// Passes the fields that every response has to `put`.
pub fn for_each_common_field(id: RequestId, mut put: impl FnMut(&HeaderName, &[u8])) {
    put(&X_CONTENT_TYPE_OPTIONS, b"nosniff");
    let mut buffer = RequestId::BUFFER;
    put(&X_REQUEST_ID, id.encode(&mut buffer));
}
