//! A row of the table: a request for a media file and the response to it.

use std::ops::Range;

use reqwest::Method;

/// The date of the last modification of every file.
pub const MODIFIED: &str = "Sun, 02 Feb 2020 02:02:02 GMT";
/// [`MODIFIED`] in seconds since the epoch.
pub const MODIFIED_SECONDS: u64 = 1_580_608_922;
/// The size of the file `film.mp4` in bytes; `empty.mp4` has none.
pub const SIZE: u64 = 1000;
/// Stands for the entity tag of the file, with its quotes, in the value of a field.
pub const ETAG: &str = "{etag}";

/// A request and the expected response.
pub struct Row {
    /// What the request shows; unique.
    pub name: &'static str,
    pub method: Method,
    /// What follows `/stream/` in the request target.
    pub target: &'static str,
    pub fields: Vec<(&'static str, &'static str)>,
    pub expected: Expected,
    /// The status code of nginx, if it is another one, and why ours is right.
    pub nginx: Option<(u16, &'static str)>,
}

/// The expected response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// 200 with the whole file.
    Whole,
    /// 206 with these bytes.
    Part(Range<u64>),
    /// 206 with these parts, in this order.
    Parts(Vec<Range<u64>>),
    /// 304 with the validators of the file.
    NotModified,
    /// 404.
    NotFound,
    /// 412.
    Failed,
    /// 416 with the size of the file.
    Unsatisfiable,
}

impl Expected {
    /// Returns the status code.
    pub fn status(&self) -> u16 {
        match self {
            Self::Whole => 200,
            Self::Part(_) | Self::Parts(_) => 206,
            Self::NotModified => 304,
            Self::NotFound => 404,
            Self::Failed => 412,
            Self::Unsatisfiable => 416,
        }
    }
}

/// A GET request for `film.mp4` with these header fields.
pub fn get(name: &'static str, fields: &[(&'static str, &'static str)], expected: Expected) -> Row {
    let (method, target, fields) = (Method::GET, "film.mp4", fields.to_vec());
    Row { name, method, target, fields, expected, nginx: None }
}

/// A GET request for `film.mp4` with this value of `Range`.
pub fn range(name: &'static str, value: &'static str, expected: Expected) -> Row {
    get(name, &[("range", value)], expected)
}

impl Row {
    /// Requests something else than `film.mp4`.
    pub fn of(self, target: &'static str) -> Self {
        Self { target, ..self }
    }

    /// Makes it a HEAD request.
    pub fn head(self) -> Self {
        Self { method: Method::HEAD, ..self }
    }

    /// Says that nginx responds with this status code, and why ours is another.
    pub fn unlike_nginx(self, status: u16, reason: &'static str) -> Self {
        Self { nginx: Some((status, reason)), ..self }
    }
}
