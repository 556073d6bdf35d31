//! The only error shape on the wire.

use serde::{Deserialize, Serialize};

/// What went wrong, in a form that programs can rely on: the body of every
/// answer of 400 and above.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// The error.
    pub error: ErrorDetail,
}

/// The inside of an [`ErrorBody`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ErrorDetail {
    /// Stable, for programs.
    pub code: ErrorCode,
    /// For people; says nothing internal.
    pub message: String,
    /// Finds the request in the server's log.
    pub request_id: String,
}

/// Stable codes of errors. A newer server may send one that an older client
/// does not know: that reads as `Unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request breaks a rule of the API; the message names the field.
    Invalid,
    /// Nobody is logged in, or the token is not known.
    Unauthenticated,
    /// Who is logged in may not do this.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// There is such a path, but not with this method.
    MethodNotAllowed,
    /// What exists already does not go with what was asked.
    Conflict,
    /// The thing is still in use.
    InUse,
    /// The thing was changed since it was read.
    PreconditionFailed,
    /// The request is larger than its limit.
    TooLarge,
    /// The content is of a type that is not taken.
    UnsupportedType,
    /// What arrived does not have the checksum that was announced.
    ChecksumMismatch,
    /// The thing was there and has expired.
    Gone,
    /// Another request is doing the same.
    Locked,
    /// Too many attempts; see `Retry-After`.
    TooManyRequests,
    /// The volume has no room for this.
    NoSpace,
    /// Another server of this cluster answers this path.
    Misdirected,
    /// A part of the service is away; see `Retry-After`.
    Unavailable,
    /// A fault of the server; its log has more.
    Internal,
    /// A code of a newer server.
    #[serde(other)]
    Unknown,
}
