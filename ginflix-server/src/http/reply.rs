//! Builds responses. It is the only place that maps errors to status codes.

use bytes::Bytes;
use ginflix_api::error::{ErrorBody, ErrorCode, ErrorDetail};
use ginflix_api::tus;
use serde::Serialize;
use warp::http::StatusCode;
use warp::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use warp::reply::Response;

use super::representation::Compression;
use crate::delivery::request_id::RequestId;
use crate::error::{AppError, whole_seconds};

/// `Cross-Origin-Resource-Policy` (Fetch Standard, section 3.7).
pub const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// Lets pages of other origins show the content of a response.
pub fn share_with_other_origins(response: &mut Response) {
    let anywhere = HeaderValue::from_static("cross-origin");
    response.headers_mut().insert(CROSS_ORIGIN_RESOURCE_POLICY, anywhere);
}

/// Builds a JSON response, which caches must not store unless the handler overrides that.
pub fn json<T: Serialize>(status: StatusCode, body: &T) -> Result<Response, AppError> {
    let bytes = serde_json::to_vec(body).map_err(AppError::internal)?;
    let mut response = Response::new(bytes.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Secrets are only in responses to POST, which are never compressed.
    response.extensions_mut().insert(Compression::Allowed);
    Ok(response)
}

/// Builds a response of plain text, which caches must not store.
pub fn text(status: StatusCode, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into().into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Builds a response without a body.
pub fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Default::default());
    *response.status_mut() = status;
    response
}

/// Returns the status code of an error and its stable code for programs.
pub fn status_and_code(error: &AppError) -> (StatusCode, ErrorCode) {
    use AppError as E;
    match error {
        E::Invalid { .. } => (StatusCode::BAD_REQUEST, ErrorCode::Invalid),
        E::Unprocessable { .. } => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::Invalid),
        E::Unauthenticated(_) => (StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated),
        E::Forbidden(_) => (StatusCode::FORBIDDEN, ErrorCode::Forbidden),
        E::NotFound(_) => (StatusCode::NOT_FOUND, ErrorCode::NotFound),
        E::Conflict(_) => (StatusCode::CONFLICT, ErrorCode::Conflict),
        E::InUse(_) => (StatusCode::CONFLICT, ErrorCode::InUse),
        E::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, ErrorCode::PreconditionFailed),
        E::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::TooLarge),
        E::UnsupportedType(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::UnsupportedType),
        E::Damaged(_) => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::Damaged),
        E::ChecksumMismatch(_) => (checksum_mismatch(), ErrorCode::ChecksumMismatch),
        E::Gone(_) => (StatusCode::GONE, ErrorCode::Gone),
        E::Locked(_) => (StatusCode::LOCKED, ErrorCode::Locked),
        E::TooManyRequests { .. } => (StatusCode::TOO_MANY_REQUESTS, ErrorCode::TooManyRequests),
        E::TooManyUploads { .. } => (StatusCode::TOO_MANY_REQUESTS, ErrorCode::TooManyUploads),
        E::NoSpace(_) => (StatusCode::INSUFFICIENT_STORAGE, ErrorCode::NoSpace),
        E::Misdirected(_) => (StatusCode::MISDIRECTED_REQUEST, ErrorCode::Misdirected),
        E::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable),
        E::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal),
    }
}

fn checksum_mismatch() -> StatusCode {
    StatusCode::from_u16(tus::STATUS_CHECKSUM_MISMATCH).unwrap_or(StatusCode::BAD_REQUEST)
}

/// Builds the JSON response for an error, and logs the cause of an internal one.
pub fn error(error: &AppError, id: &RequestId) -> Response {
    let (status, code) = status_and_code(error);
    if let AppError::Internal(cause) = error {
        tracing::error!(request_id = %id, %cause, "request failed");
    }
    let mut response = error_body(status, code, error.to_string(), id);
    let headers = response.headers_mut();
    match error {
        AppError::Unauthenticated(_) => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        AppError::TooManyRequests { retry_after, .. }
        | AppError::TooManyUploads { retry_after, .. } => {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(*retry_after)));
        }
        AppError::Unavailable(_) => {
            // Seconds. Most outages are short restarts, and clients back off by themselves.
            headers.insert(RETRY_AFTER, HeaderValue::from(2));
        }
        _ => {}
    }
    response
}

/// Builds an error response with this status code and message.
pub fn error_body(
    status: StatusCode,
    code: ErrorCode,
    message: String,
    id: &RequestId,
) -> Response {
    let body = ErrorBody { error: ErrorDetail { code, message, request_id: id.to_string() } };
    // A struct of strings always serializes.
    json(status, &body).unwrap_or_else(|_| empty(status))
}
