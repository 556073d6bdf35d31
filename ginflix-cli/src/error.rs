//! The failure of a command: a message, a hint and an exit status.

use std::fmt;
use std::process::ExitCode;

use ginflix_api::client::ClientError;
use ginflix_api::client::upload::UploadError;
use ginflix_api::error::ErrorCode;

/// The exit status of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitStatus {
    /// The command succeeded.
    Done = 0,
    /// The operation or a check failed.
    Failed = 1,
    /// The command line is not valid.
    Usage = 2,
    /// The cluster, movie, file or account that the command names does not exist.
    NotFound = 3,
    /// A deadline passed.
    TimedOut = 4,
    /// The operation conflicts with something that exists.
    Conflict = 5,
    /// The user is not logged in or lacks the role.
    NotAllowed = 6,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}

/// A failure as the user sees it.
#[derive(Debug)]
pub struct Failure {
    /// The exit status of the program.
    pub status: ExitStatus,
    /// The message: what failed, and why.
    pub message: String,
    /// The next step, in words or as a command.
    pub hint: Option<String>,
}

/// The result of a command.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// Creates a failure without a hint.
    pub fn new(status: ExitStatus, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), hint: None }
    }

    /// Creates a failure with [`ExitStatus::Failed`] and without a hint.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ExitStatus::Failed, message)
    }

    /// Sets the hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Prefixes the message with `what`, the thing or operation that it is about.
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
                    ErrorCode::PreconditionFailed => failure
                        .hint("somebody else has changed it: look at it, then repeat the command"),
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
                .hint("check that the server is running and that its address is correct"),
            ClientError::Protocol { status: Some(_), .. } => Self::failed(message)
                .hint("check that this is the address of a GinFlix server, and that it is ready"),
            ClientError::Protocol { status: None, .. }
            | ClientError::Transport { .. }
            | ClientError::Setup(_) => Self::failed(message),
        }
    }
}

impl From<UploadError> for Failure {
    fn from(error: UploadError) -> Self {
        let message = error.to_string();
        match error {
            UploadError::Client(error) => error.into(),
            UploadError::NameTaken(_) => Self::new(ExitStatus::Conflict, message)
                .hint("choose another name with --name, or replace the file with --replace"),
            UploadError::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Self::new(ExitStatus::NotFound, "there is no such file")
            }
            UploadError::Changed => {
                Self::failed(message).hint("repeat the command when the file is complete")
            }
            UploadError::Stalled(_) => Self::new(ExitStatus::TimedOut, message)
                .hint("repeat the command: the upload resumes where it stopped"),
            _ => Self::failed(message),
        }
    }
}

/// Returns the exit status for an error code of the server.
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
    fn error_codes_of_the_server_become_exit_codes() {
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
    fn a_failure_of_the_server_names_the_request() {
        assert!(api(ErrorCode::Internal).hint.unwrap().contains("r-1"));
    }

    #[test]
    fn a_taken_name_suggests_name_and_replace() {
        let failure: Failure = UploadError::NameTaken("film.mp4".parse().unwrap()).into();
        assert_eq!(failure.status, ExitStatus::Conflict);
        let hint = failure.hint.unwrap();
        assert!(hint.contains("--name") && hint.contains("--replace"));
    }
}
