//! The error of a failed request.

use std::error::Error;

use url::Url;

use crate::error::{ErrorCode, ErrorDetail};

/// The reason why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server refused the request. The message is the server's.
    #[error("{}", .detail.message)]
    Api {
        /// The status code.
        status: u16,
        /// The error that the server sent.
        detail: ErrorDetail,
    },
    /// The server could not be reached, or the connection broke.
    #[error("{message}")]
    Transport {
        /// What failed, with its chain of causes.
        message: String,
        /// Whether no connection could be established.
        unreached: bool,
    },
    /// The response is not as the API of GinFlix defines it.
    #[error("{message}")]
    Protocol {
        /// The status code, if there was a response.
        status: Option<u16>,
        /// What was unexpected.
        message: String,
    },
    /// The client could not be created.
    #[error("{0}")]
    Setup(String),
}

impl ClientError {
    /// Returns the server's error code, if the server refused the request.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Api { detail, .. } => Some(detail.code),
            _ => None,
        }
    }

    /// Tells whether the same request may succeed a little later.
    pub fn is_transient(&self) -> bool {
        // Unfinished uploads stay for hours.
        if self.code() == Some(ErrorCode::TooManyUploads) {
            return false;
        }
        match self {
            Self::Transport { .. } => true,
            Self::Api { status, .. } | Self::Protocol { status: Some(status), .. } => {
                matches!(status, 408 | 423 | 429 | 502 | 503 | 504)
            }
            Self::Protocol { status: None, .. } | Self::Setup(_) => false,
        }
    }

    /// Creates the error of a client that could not be created.
    pub(super) fn setup(message: impl Into<String>) -> Self {
        Self::Setup(message.into())
    }

    /// Creates the error of a request to `base` that reqwest reports.
    pub(super) fn transport(base: &Url, error: &reqwest::Error) -> Self {
        let (cause, unreached) = (flatten(error), error.is_connect());
        let message = if unreached {
            format!("cannot reach {base}: {cause}")
        } else if error.is_timeout() {
            format!("{base} did not respond in time")
        } else {
            format!("the connection to {base} broke: {cause}")
        };
        Self::Transport { message, unreached }
    }
}

/// Joins an error and its causes into one text. It leaves out the layers of reqwest
/// and hyper that only say that a request failed.
pub(super) fn flatten(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        const UNINFORMATIVE: [&str; 3] =
            ["error sending request", "client error (", "tcp connect error"];
        let is_uninformative = UNINFORMATIVE.iter().any(|start| text.starts_with(start));
        if !is_uninformative && !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        next = error.source();
    }
    if parts.is_empty() { error.to_string() } else { parts.join(": ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        #[source]
        source: Option<Box<Layer>>,
    }

    #[test]
    fn each_cause_occurs_once() {
        let refused = Layer { text: "Connection refused", source: None };
        let connect = Layer { text: "tcp connect error", source: Some(Box::new(refused)) };
        let client = Layer { text: "client error (Connect)", source: Some(Box::new(connect)) };
        let top = Layer { text: "error sending request for url", source: Some(Box::new(client)) };
        assert_eq!(flatten(&top), "Connection refused");

        let again = Layer { text: "disk full", source: None };
        let top = Layer { text: "write: disk full", source: Some(Box::new(again)) };
        assert_eq!(flatten(&top), "write: disk full");
    }

    #[test]
    fn only_temporary_failures_are_transient() {
        let protocol =
            |status| ClientError::Protocol { status: Some(status), message: String::new() };
        assert!(protocol(502).is_transient());
        assert!(!protocol(404).is_transient());
        let api = |code| {
            let detail = ErrorDetail { code, message: String::new(), request_id: String::new() };
            ClientError::Api { status: 429, detail }
        };
        assert!(api(ErrorCode::TooManyRequests).is_transient());
        assert!(!api(ErrorCode::TooManyUploads).is_transient());
        assert!(!ClientError::setup("x").is_transient());
    }
}
