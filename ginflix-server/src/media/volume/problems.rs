//! The entries of the directory of media files that cannot be taken up, and why.
//!
//! Each is named with its reason and a remedy: in the log when it appears and when it is gone, and in
//! the list of media files.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;

use ginflix_api::media::{InvalidMediaName, MediaName};
use ginflix_api::replica::MediaProblem;
use parking_lot::Mutex;
use rustix::fs::{FileType, Stat};
use rustix::io::Errno;
use rustix::process::geteuid;

/// The most problems that are kept. Further ones appear when these are solved.
const PROBLEMS_LIMIT: usize = 100;

/// The most lines that one scan logs.
const LOGGED_LIMIT: usize = 20;

/// The directory that ext4 makes at the root of a file system.
const LOST_AND_FOUND: &str = "lost+found";

/// The problems that the last scan of the directory found.
#[derive(Debug, Default)]
pub(super) struct MediaProblems(Mutex<Vec<MediaProblem>>);

impl MediaProblems {
    /// Returns the problems, by name.
    pub(super) fn get(&self) -> Vec<MediaProblem> {
        self.0.lock().clone()
    }

    /// Replaces the problems by those of a new scan, and logs the changes.
    pub(super) fn update(&self, mut found: Vec<MediaProblem>) {
        found.sort();
        found.dedup_by(|a, b| a.name == b.name);
        found.truncate(PROBLEMS_LIMIT);
        let mut known = self.0.lock();
        if *known != found {
            log_changes(&known, &found);
            *known = found;
        }
    }
}

/// Logs which problems are new or changed, and which are solved.
fn log_changes(known: &[MediaProblem], found: &[MediaProblem]) {
    let by_name = |problems: &[MediaProblem]| -> BTreeMap<String, MediaProblem> {
        problems.iter().map(|problem| (problem.name.clone(), problem.clone())).collect()
    };
    let (before, after) = (by_name(known), by_name(found));
    let appeared: Vec<_> = found.iter().filter(|p| before.get(&p.name) != Some(*p)).collect();
    for problem in appeared.iter().take(LOGGED_LIMIT) {
        tracing::warn!(
            file = problem.name,
            problem = problem.problem,
            remedy = problem.remedy,
            "a file on the volume cannot be taken up; all others are"
        );
    }
    if appeared.len() > LOGGED_LIMIT {
        let more = appeared.len() - LOGGED_LIMIT;
        tracing::warn!(more, "more files cannot be taken up: see `ginflix media list`");
    }
    for name in before.keys().filter(|name| !after.contains_key(*name)).take(LOGGED_LIMIT) {
        tracing::info!(file = name, "the problem with a file on the volume is solved");
    }
}

/// Returns the problem of an entry that is not a regular file, by its type.
pub(super) fn of_type(file_name: &OsStr, stat: &Stat) -> Option<MediaProblem> {
    let (problem, remedy) = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => return None,
        FileType::Directory if file_name == LOST_AND_FOUND => return None,
        FileType::Directory => ("it is a folder", "move the files in it up, and remove it"),
        FileType::Symlink => (
            "it is a symbolic link, and the server follows none",
            "replace it by the file itself or by a hard link",
        ),
        FileType::Fifo => ("it is a named pipe", "remove it"),
        FileType::Socket => ("it is a socket", "remove it"),
        _ => ("it is a device", "remove it"),
    };
    Some(new(file_name, problem, remedy))
}

/// Returns the problem of a regular file that cannot be opened. Returns `None` if the error is not
/// one of the file: if it is gone, or if the process or the system lacks a resource.
pub(super) fn of_open_error(
    file_name: &OsStr,
    stat: &Stat,
    error: &io::Error,
) -> Option<MediaProblem> {
    match Errno::from_io_error(error) {
        Some(Errno::NOENT | Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::INTR) => None,
        Some(Errno::ACCESS | Errno::PERM) => {
            let (uid, gid, mode) = (stat.st_uid, stat.st_gid, stat.st_mode & 0o7777);
            let server = geteuid().as_raw();
            Some(new(
                file_name,
                format!(
                    "it belongs to uid {uid} and gid {gid} with mode {mode:04o}, so that uid \
                     {server} may not read it"
                ),
                "make it readable for the user that runs the server (chmod or chown)",
            ))
        }
        _ => Some(unreadable(file_name, error)),
    }
}

/// Returns the problem of a file whose content cannot be read.
pub(super) fn unreadable(file_name: &OsStr, why: impl std::fmt::Display) -> MediaProblem {
    new(
        file_name,
        format!("it cannot be read: {why}"),
        "check the disk and its file system, then replace the file or remove it",
    )
}

/// Returns the problem of a regular file whose name is no media name. Hidden files are none, such as
/// those that other programs make while they copy a file.
pub(super) fn of_name(file_name: &OsStr) -> Option<MediaProblem> {
    let text = file_name.to_string_lossy();
    if text.starts_with('.') {
        return None;
    }
    let problem = match file_name.to_str() {
        None => "its name is not UTF-8".to_owned(),
        Some(name) => match name.parse::<MediaName>() {
            Ok(_) => return None,
            Err(InvalidMediaName::Extension) => {
                "its name has no extension, such as .mp4".to_owned()
            }
            Err(error) => format!("its name is not allowed: {error}"),
        },
    };
    let remedy = match MediaName::nearest(&text) {
        Ok(nearest) => format!("rename it, for example to {nearest}"),
        Err(_) => "rename it to letters, digits, spaces and -_.()[], with an extension".to_owned(),
    };
    Some(new(file_name, problem, remedy))
}

/// Returns the problem of a file that has the name of a file of a library.
pub(super) fn in_library(file_name: &OsStr) -> MediaProblem {
    new(file_name, "a file of a library has this name", "rename the file, or remove it")
}

fn new(file_name: &OsStr, problem: impl Into<String>, remedy: impl Into<String>) -> MediaProblem {
    MediaProblem {
        name: file_name.to_string_lossy().into_owned(),
        streamer: None,
        problem: problem.into(),
        remedy: remedy.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_process_is_no_problem_of_a_file() {
        let stat = rustix::fs::stat("/dev/null").unwrap();
        let problem = |errno: Errno| of_open_error("film.mp4".as_ref(), &stat, &errno.into());
        for errno in [Errno::NOENT, Errno::MFILE, Errno::NFILE, Errno::NOMEM] {
            assert_eq!(problem(errno), None);
        }
        assert!(problem(Errno::IO).unwrap().remedy.contains("check the disk"));
    }

    #[test]
    fn a_file_of_another_owner_is_described_with_a_remedy() {
        let stat = rustix::fs::stat("/dev/null").unwrap();
        let denied = of_open_error("film.mp4".as_ref(), &stat, &Errno::ACCESS.into()).unwrap();
        assert!(denied.problem.starts_with("it belongs to uid 0 and gid 0 with mode 0666"));
        assert!(denied.remedy.contains("chmod"));
        assert!(denied.to_string().starts_with("film.mp4 cannot be taken up: it belongs to"));
    }

    #[test]
    fn a_name_that_is_not_allowed_is_described_with_one_that_is() {
        let problem = of_name("a?b.mp4".as_ref()).unwrap();
        assert_eq!(problem.remedy, "rename it, for example to a_b.mp4");
        assert!(of_name("film".as_ref()).unwrap().problem.contains("no extension"));
        for silent in ["film.mp4", ".film.mp4.Xa31"] {
            assert_eq!(of_name(silent.as_ref()), None, "{silent}");
        }
    }

    #[test]
    fn the_number_of_problems_is_limited() {
        let problems = MediaProblems::default();
        let found = |count: u32| {
            let names = (0..count).map(|n| format!("{n:05}.mp4"));
            names.map(|name| unreadable(name.as_ref(), "why")).collect::<Vec<_>>()
        };
        problems.update(found(10_000));
        assert_eq!(problems.get(), found(PROBLEMS_LIMIT as u32));
        problems.update(Vec::new());
        assert_eq!(problems.get(), []);
    }
}
