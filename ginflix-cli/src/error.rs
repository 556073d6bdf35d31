//! A failure as the user meets it: what failed and why, what to do next, which exit code.

use std::fmt;
use std::process::ExitCode;

use ginflix_api::client::ClientError;
use ginflix_api::client::upload::UploadError;
use ginflix_api::error::ErrorCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitStatus {
    /// All is done.
    Done = 0,
    /// The operation or a check failed.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// There is no such thing.
    NotFound = 3,
    /// A deadline passed.
    TimedOut = 4,
    /// It does not go with what is there.
    Conflict = 5,
    /// The user may not.
    NotAllowed = 6,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}

/// A failure with all that the user needs.
#[derive(Debug)]
pub struct Failure {
    /// How the program ends.
    pub status: ExitStatus,
    /// What failed, and why.
    pub message: String,
    /// What to do next, in words or as a command.
    pub hint: Option<String>,
}

/// What commands return.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A failure without a hint.
    pub fn new(status: ExitStatus, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), hint: None }
    }

    /// The operation failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ExitStatus::Failed, message)
    }

    /// Says what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says what was being done.
    pub fn context(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let message = error.to_string();
        match &error {
            ClientError::Api { detail, .. } => {
                let failure = Self::new(status_of(detail.code), message);
                match detail.code {
                    ErrorCode::Unauthenticated => failure.hint("log in: ginflix login"),
                    ErrorCode::Forbidden => {
                        failure.hint("log in as an administrator: ginflix login --name admin")
                    }
                    ErrorCode::PreconditionFailed => failure.hint("repeat the command"),
                    ErrorCode::NoSpace => {
                        failure.hint("make room: ginflix media list, ginflix media remove NAME")
                    }
                    ErrorCode::Internal | ErrorCode::Unavailable => failure.hint(format!(
                        "see the server's log for request {}: ginflix cluster logs",
                        detail.request_id
                    )),
                    _ => failure,
                }
            }
            ClientError::Transport { unreached: true, .. } => Self::failed(message)
                .hint("see whether the server runs, and whether its address is right"),
            ClientError::Protocol { .. } => {
                Self::failed(message).hint("check the address given by --server")
            }
            ClientError::Transport { .. } | ClientError::Setup(_) => Self::failed(message),
        }
    }
}

impl From<UploadError> for Failure {
    fn from(error: UploadError) -> Self {
        let message = error.to_string();
        match error {
            UploadError::Client(error) => error.into(),
            UploadError::NameTaken(_) => Self::new(ExitStatus::Conflict, message)
                .hint("upload it under another --name, or take the name over with --replace"),
            UploadError::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Self::new(ExitStatus::NotFound, "there is no such file")
            }
            UploadError::Changed => {
                Self::failed(message).hint("repeat the command once the file is complete")
            }
            UploadError::Stalled(_) => Self::new(ExitStatus::TimedOut, message)
                .hint("repeat the command: it goes on where it was"),
            _ => Self::failed(message),
        }
    }
}

fn status_of(code: ErrorCode) -> ExitStatus {
    match code {
        ErrorCode::NotFound | ErrorCode::Gone => ExitStatus::NotFound,
        ErrorCode::Conflict
        | ErrorCode::InUse
        | ErrorCode::PreconditionFailed
        | ErrorCode::Locked => ExitStatus::Conflict,
        ErrorCode::Unauthenticated | ErrorCode::Forbidden | ErrorCode::TooManyRequests => {
            ExitStatus::NotAllowed
        }
        _ => ExitStatus::Failed,
    }
}

#[cfg(test)]
mod tests {
    use ginflix_api::error::ErrorDetail;

    use super::*;

    fn api(code: ErrorCode) -> Failure {
        let detail = ErrorDetail { code, message: "why".into(), request_id: "r-1".into() };
        ClientError::Api { status: 400, detail }.into()
    }

    #[test]
    fn codes_of_the_server_become_exit_codes() {
        let cases = [
            (ErrorCode::Invalid, ExitStatus::Failed),
            (ErrorCode::NotFound, ExitStatus::NotFound),
            (ErrorCode::InUse, ExitStatus::Conflict),
            (ErrorCode::Conflict, ExitStatus::Conflict),
            (ErrorCode::Unauthenticated, ExitStatus::NotAllowed),
            (ErrorCode::Forbidden, ExitStatus::NotAllowed),
            (ErrorCode::Internal, ExitStatus::Failed),
        ];
        for (code, status) in cases {
            assert_eq!(api(code).status, status, "{code:?}");
        }
    }

    #[test]
    fn faults_of_the_server_name_the_request() {
        assert!(api(ErrorCode::Internal).hint.unwrap().contains("r-1"));
    }

    #[test]
    fn a_taken_name_says_both_ways_out() {
        let failure: Failure = UploadError::NameTaken("film.mp4".parse().unwrap()).into();
        assert_eq!(failure.status, ExitStatus::Conflict);
        let hint = failure.hint.unwrap();
        assert!(hint.contains("--name") && hint.contains("--replace"));
    }
}
