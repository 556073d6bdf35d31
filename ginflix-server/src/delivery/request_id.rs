//! The id of a request.

use std::fmt;
use std::time::SystemTime;

use http::header::{HeaderName, X_CONTENT_TYPE_OPTIONS};
use uuid::{NoContext, Timestamp, Uuid};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Finds a request in the log; also sent as `X-Request-Id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// Room for its text.
    pub const SPACE: [u8; uuid::fmt::Simple::LENGTH] = [0; uuid::fmt::Simple::LENGTH];

    /// One that nobody has; in their order, by the millisecond: RFC 9562, section 5.7.
    pub fn at(now: SystemTime) -> Self {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let time = Timestamp::from_unix(NoContext, since.as_secs(), since.subsec_nanos());
        Self(Uuid::new_v7(time))
    }

    /// As its text: hexadecimal digits.
    pub fn encode(self, space: &mut [u8; uuid::fmt::Simple::LENGTH]) -> &[u8] {
        self.0.simple().encode_lower(space).as_bytes()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

/// What every answer has.
pub fn each_common_field(id: RequestId, mut put: impl FnMut(&HeaderName, &[u8])) {
    put(&X_CONTENT_TYPE_OPTIONS, b"nosniff");
    let mut space = RequestId::SPACE;
    put(&X_REQUEST_ID, id.encode(&mut space));
}
