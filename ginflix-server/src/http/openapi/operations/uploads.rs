//! Uploads by tus 1.0.

use ginflix_api::tus;
use utoipa::openapi::Required;
use utoipa::openapi::schema::Type;

use super::Described;
use crate::http::openapi::operation::Operation;

const PROGRESS_HEADERS: [&str; 2] = ["Tus-Resumable", "Upload-Offset"];

/// Returns the descriptions of these handlers.
pub fn operations() -> Vec<Described> {
    vec![
        ("uploads::options", options()),
        ("uploads::options_of", options()),
        ("uploads::create", create()),
        (
            "uploads::progress",
            versioned("Returns the offset of an upload")
                .empty_response(200)
                .response_headers(200, &PROGRESS_HEADERS)
                .error_responses(&[410, 423]),
        ),
        ("uploads::append", append()),
        (
            "uploads::discard",
            versioned("Discards an upload").empty_response(204).error_responses(&[410, 423]),
        ),
        (
            "uploads::overridden",
            append()
                .summary("Does to an upload what `X-HTTP-Method-Override` says")
                .required_header("X-HTTP-Method-Override", "PATCH, HEAD or DELETE", Type::String)
                .empty_response(200),
        ),
    ]
}

fn options() -> Operation {
    let headers = ["Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm"];
    Operation::api("Returns the supported version and extensions of tus")
        .empty_response(204)
        .response_headers(204, &headers)
}

fn create() -> Operation {
    with_content(versioned("Creates an upload, optionally with its first bytes"))
        .required_header("Upload-Length", "Length of the file in bytes", Type::Integer)
        .required_header(
            "Upload-Metadata",
            "Keys and base64 values: `filename`; optionally `sha256`, `replace` (`true` to replace \
             a file of this name), `anytype` (`true` to accept a file of an unknown type) and \
             `acceptdamaged` (`true` to accept a file that is cut short or broken)",
            Type::String,
        )
        .empty_response(201)
        .response_headers(201, &["Location", "Tus-Resumable", "Upload-Offset"])
}

fn append() -> Operation {
    with_content(versioned("Appends to an upload"))
        .required_header("Upload-Offset", "Offset of the body in the file", Type::Integer)
        .empty_response(204)
        .response_headers(204, &PROGRESS_HEADERS)
}

/// Describes a request that has to name the version of tus.
fn versioned(summary: &'static str) -> Operation {
    Operation::api(summary)
        .constant_header("Tus-Resumable", "The version of tus", tus::VERSION)
        .error_responses(&[412])
}

/// Adds a body with content of the file, and the errors of writing it to the volume.
fn with_content(operation: Operation) -> Operation {
    operation
        .optional_header("Upload-Checksum", "An algorithm and the body's checksum in base64")
        .optional_header(
            tus::FILE_SHA256,
            "SHA-256 of the file in hexadecimal, with its last bytes",
        )
        .optional_header(
            tus::ACCEPT_DAMAGED,
            "`true` to publish the file even if it is cut short or broken",
        )
        .binary_body(&[tus::OFFSET_OCTET_STREAM], Required::False)
        .error_responses(&[409, 410, 413, 415, 422, 423, 429, 460, 507])
}
