//! Why a call failed: the server's own words, the way there, or neither as expected.

use std::error::Error;

use url::Url;

use crate::error::{ErrorCode, ErrorDetail};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server refused, in its own words.
    #[error("{}", .detail.message)]
    Api {
        /// HTTP status.
        status: u16,
        /// Code, message and request id.
        detail: ErrorDetail,
    },
    /// The server was not reached, or the connection broke.
    #[error("{message}")]
    Transport {
        /// What failed and why, the whole chain of causes once.
        message: String,
        /// Whether no connection came about at all.
        unreached: bool,
    },
    /// What answered does not speak as a GinFlix server does.
    #[error("{message}")]
    Protocol {
        /// HTTP status, where there was one.
        status: Option<u16>,
        /// What was unexpected.
        message: String,
    },
    /// The client could not be set up.
    #[error("{0}")]
    Setup(String),
}

impl ClientError {
    /// The server's code, where it refused.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Api { detail, .. } => Some(detail.code),
            _ => None,
        }
    }

    /// Whether the same call may well succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport { .. } => true,
            Self::Api { status, .. } | Self::Protocol { status: Some(status), .. } => {
                matches!(status, 408 | 423 | 429 | 502 | 503 | 504)
            }
            Self::Protocol { status: None, .. } | Self::Setup(_) => false,
        }
    }

    pub(super) fn setup(message: impl Into<String>) -> Self {
        Self::Setup(message.into())
    }

    pub(super) fn transport(base: &Url, error: &reqwest::Error) -> Self {
        let (cause, unreached) = (flatten(error), error.is_connect());
        let message = if unreached {
            format!("cannot reach {base}: {cause}")
        } else if error.is_timeout() {
            format!("{base} fell silent")
        } else {
            format!("the connection to {base} broke: {cause}")
        };
        Self::Transport { message, unreached }
    }
}

/// The causes of an error as one text, without the layers that only say that
/// something below them failed.
pub(super) fn flatten(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        const EMPTY_WORDS: [&str; 3] =
            ["error sending request", "client error (", "tcp connect error"];
        let says_nothing = EMPTY_WORDS.iter().any(|words| text.starts_with(words));
        if !says_nothing && !parts.iter().any(|part| part.contains(&text)) {
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
    fn causes_are_told_once() {
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
    fn only_what_may_pass_is_transient() {
        let protocol =
            |status| ClientError::Protocol { status: Some(status), message: String::new() };
        assert!(protocol(502).is_transient());
        assert!(!protocol(404).is_transient());
        assert!(!ClientError::setup("x").is_transient());
    }
}
