//! What is known of a library since the start of the server.

use ginflix_api::library::{LeftOut, Library, LibraryState, MAX_LEFT_OUT, ScanProgress};
use jiff::Timestamp;

use crate::catalog::store::{LibraryFile, LibraryRecord};

/// What is known of a library since the start of the server.
#[derive(Debug, Clone, Default)]
pub struct Status {
    /// The state and its reason; `None` before the first scan.
    pub state: Option<(LibraryState, Option<String>)>,
    /// The scan in progress.
    pub scan: Option<ScanProgress>,
    /// The time when the last scan ended.
    pub scanned_at: Option<Timestamp>,
    /// The files that the last scan left out.
    pub left_out: Vec<LeftOut>,
    /// The number of them.
    pub left_out_count: u64,
}

impl Status {
    /// Ends a scan with the files that it left out.
    pub fn finish(&mut self, state: LibraryState, problem: Option<String>, left_out: Vec<LeftOut>) {
        self.state = Some((state, problem));
        self.scan = None;
        self.left_out_count = left_out.len() as u64;
        self.left_out = left_out;
        self.left_out.truncate(MAX_LEFT_OUT);
        self.scanned_at = Some(Timestamp::now());
    }

    /// Returns what clients get to know of a library. `files` are those of all libraries.
    pub fn describe(&self, record: LibraryRecord, files: &[LibraryFile]) -> Library {
        let own = || files.iter().filter(|file| file.library == record.id);
        let missing = own().filter(|file| file.missing_since.is_some()).count();
        let (state, problem) = self.state.clone().unwrap_or((LibraryState::Waiting, None));
        Library {
            media: (own().count() - missing) as u64,
            missing: missing as u64,
            id: record.id,
            path: record.path,
            state,
            problem,
            scan: self.scan,
            scanned_at: self.scanned_at,
            left_out: self.left_out.clone(),
            left_out_count: self.left_out_count,
            created_at: record.created_at,
        }
    }
}
