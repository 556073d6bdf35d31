//! The body of error responses.

use serde::{Deserialize, Serialize};

/// The body of every error response of the API, with a status code of 400 and above. Errors of pages
/// are pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// The details of the error.
    pub error: ErrorDetail,
}

/// The details of an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ErrorDetail {
    /// The stable code, for programs.
    pub code: ErrorCode,
    /// The message for people. It contains no internal details of the server.
    pub message: String,
    /// The id of the request in the server's log.
    pub request_id: String,
}

/// The stable codes of errors. A client reads a code that it does not know, because
/// the server is newer, as `Unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request breaks a rule of the API; the message names the field.
    Invalid,
    /// The request has no session and no valid token.
    Unauthenticated,
    /// The account does not have the role that the request needs.
    Forbidden,
    /// The resource does not exist.
    NotFound,
    /// The path exists, but does not support this method.
    MethodNotAllowed,
    /// The request contradicts something that exists already.
    Conflict,
    /// The resource cannot be removed while another one uses it.
    InUse,
    /// The resource was changed after the client read it.
    PreconditionFailed,
    /// The request is larger than its limit.
    TooLarge,
    /// The content is of a type that the server does not accept.
    UnsupportedType,
    /// The content does not match the checksum that the client sent.
    ChecksumMismatch,
    /// The media file is cut short or broken. The server keeps the upload until it expires.
    Damaged,
    /// The resource has expired.
    Gone,
    /// Another request holds the lock on the resource.
    Locked,
    /// The client has sent too many requests; see `Retry-After`.
    TooManyRequests,
    /// There are too many unfinished uploads; see the message.
    TooManyUploads,
    /// The volume does not have enough free space.
    NoSpace,
    /// Another server of the cluster serves this path.
    Misdirected,
    /// A component of the service is not available; see `Retry-After`.
    Unavailable,
    /// The server failed; its log has the details.
    Internal,
    /// A code that this version does not know, because the server is newer.
    #[serde(other)]
    Unknown,
}
