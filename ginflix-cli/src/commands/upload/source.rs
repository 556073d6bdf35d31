//! The media files that a command uploads, and what is beside each of them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ginflix_api::client::Client;
use ginflix_api::media::MediaName;
use ginflix_import::layout::{self, Item, Plan};
use ginflix_import::root::Root;
use ginflix_import::shown::shown;
use ginflix_import::skipped::Skipped;
use ginflix_import::{media_name as import_names, walk};

use crate::args::UploadArgs;
use crate::error::{ExitStatus, Failure, Result};
use crate::printer::Printer;

/// The folders above a folder whose names count: those of a season and its series.
const NAMED_FOLDERS: usize = 2;

/// A media file to upload.
pub struct Source {
    /// The path.
    pub file: PathBuf,
    /// The media name.
    pub name: Result<MediaName>,
    /// What is beside it; `None` if that is not looked at, or the file is none that an import takes up.
    pub beside: Option<Beside>,
}

/// What is beside a media file.
#[derive(Clone)]
pub struct Beside {
    /// The folder of all paths.
    pub root: Arc<Root>,
    /// The media file and what belongs to it.
    pub item: Item,
    /// Whether the subtitle files are imported too: if the whole folder is.
    pub with_subtitles: bool,
}

/// The media files to upload, and the files of folders that are left out.
#[derive(Default)]
pub struct Sources {
    /// The media files, in the order of the command line and of their paths.
    pub files: Vec<Source>,
    /// The files and folders that are left out, with their folder.
    pub skipped: Vec<(PathBuf, Skipped)>,
}

impl Sources {
    /// Finds the media files that the command line names: files, and all in folders. Asks the server which names are taken if
    /// there is a folder.
    pub async fn find(
        files: &[PathBuf],
        args: &UploadArgs,
        client: &Client,
        printer: &Printer,
    ) -> Result<Self> {
        let mut found = Self::default();
        let (mut names, mut folders) = (None, Folders::default());
        for file in files {
            if file.is_dir() {
                if args.name.is_some() {
                    return Err(Failure::new(ExitStatus::Usage, "--name is for a single file"));
                }
                let names = match &mut names {
                    Some(names) => names,
                    none => none.insert(Names::fetch(client).await?),
                };
                found.take_folder(file, names, printer)?;
            } else {
                let name = match &args.name {
                    Some(name) => Ok(name.clone()),
                    None => media_name(file, printer),
                };
                let beside = if args.add { folders.beside(file) } else { None };
                found.files.push(Source { file: file.clone(), name, beside });
            }
        }
        Ok(found)
    }

    fn take_folder(&mut self, folder: &Path, names: &mut Names, printer: &Printer) -> Result<()> {
        let failed = |error: String| Failure::failed(error).context(folder.display());
        let (plan, above) = plan(folder, true).map_err(|e| failed(e.to_string()))?;
        let root = Arc::new(Root::open(folder).map_err(|e| failed(e.to_string()))?);
        let above: Vec<&str> = above.iter().map(String::as_str).collect();
        let chosen = names.choose(&plan.items, &above);
        for (item, name) in plan.items.into_iter().zip(chosen) {
            let file = folder.join(&item.media.path);
            if let Ok(name) = &name
                && name.as_str() != item.media.name()
            {
                let path = shown(&item.media.path);
                printer.detail(&format!("{path}: its name on the server is {name}"));
            }
            let beside = Beside { root: Arc::clone(&root), item, with_subtitles: true };
            self.files.push(Source { file, name, beside: Some(beside) });
        }
        let skipped = plan.skipped.into_iter().map(|skipped| (folder.to_owned(), skipped));
        self.skipped.extend(skipped);
        Ok(())
    }
}

/// Returns the name of a file, without its folders.
pub fn file_name(file: &Path) -> Cow<'_, str> {
    file.file_name().unwrap_or_default().to_string_lossy()
}

/// Returns the name of a file as a media name, with invalid characters replaced.
pub fn media_name(file: &Path, printer: &Printer) -> Result<MediaName> {
    let original = file_name(file);
    let name = MediaName::nearest(&original).map_err(|e| {
        Failure::new(ExitStatus::Usage, e.to_string())
            .hint("choose a name with --name, such as --name film.mp4")
    })?;
    if name.as_str() != original {
        printer.note(&format!(
            "{original}: uploaded as {name}, because a media name may not have all its characters"
        ));
    }
    Ok(name)
}

/// Plans what to take up of a folder, with or without the folders in it. Returns the names of the folder and those above it, too.
fn plan(folder: &Path, is_deep: bool) -> std::result::Result<(Plan, Vec<String>), walk::Error> {
    let listing = if is_deep { walk::list(folder)? } else { walk::list_folder(folder)? };
    let path = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let names = path.ancestors().filter_map(|path| path.file_name());
    let above: Vec<String> =
        names.take(NAMED_FOLDERS).map(|name| name.to_string_lossy().into_owned()).collect();
    let names: Vec<&str> = above.iter().map(String::as_str).collect();
    let mut plan = layout::plan(listing.files, &names);
    plan.skipped.extend(listing.skipped);
    Ok((plan, above))
}

/// The folders of single files, each of which is planned once.
#[derive(Default)]
struct Folders(HashMap<PathBuf, Option<(Arc<Root>, Plan)>>);

impl Folders {
    /// Returns what is beside a file, but for its subtitle files: those are named on the command line.
    fn beside(&mut self, file: &Path) -> Option<Beside> {
        let folder = match file.parent()? {
            empty if empty.as_os_str().is_empty() => Path::new("."),
            folder => folder,
        };
        let planned = self.0.entry(folder.to_owned()).or_insert_with(|| {
            // A folder that cannot be read says nothing.
            let (plan, _) = plan(folder, false).ok()?;
            Some((Arc::new(Root::open(folder).ok()?), plan))
        });
        let (root, plan) = planned.as_ref()?;
        let item =
            plan.items.iter().find(|item| Some(item.media.path.as_os_str()) == file.file_name())?;
        Some(Beside { root: Arc::clone(root), item: item.clone(), with_subtitles: false })
    }
}

/// The names of media files, which are unique.
struct Names {
    /// The media files of the server, with their sizes in bytes.
    present: HashMap<MediaName, u64>,
    /// The names of files of this command.
    taken: HashSet<MediaName>,
}

impl Names {
    async fn fetch(client: &Client) -> Result<Self> {
        let listed = client.all_media().await?;
        let present =
            listed.into_iter().map(|listed| (listed.media.name, listed.media.size_bytes)).collect();
        Ok(Self { present, taken: HashSet::new() })
    }

    /// Chooses a name for each item: that which a file of its size has on the server, else the best one that no other item has.
    fn choose(&mut self, items: &[Item], above: &[&str]) -> Vec<Result<MediaName>> {
        let candidates = |item| import_names::candidates(item, above);
        let mut chosen: Vec<Option<MediaName>> = vec![None; items.len()];
        for (item, chosen) in items.iter().zip(&mut chosen) {
            let is_same = |name: &MediaName| {
                self.present.get(name) == Some(&item.media.size_bytes) && !self.taken.contains(name)
            };
            // A number behind a name may be that of another file of the same size.
            *chosen = candidates(item).take(SAME_CANDIDATES).find(is_same);
            self.taken.extend(chosen.clone());
        }
        for (item, chosen) in items.iter().zip(&mut chosen) {
            if chosen.is_none() {
                *chosen = candidates(item).find(|name| !self.taken.contains(name));
                self.taken.extend(chosen.clone());
            }
        }
        let unnamed = || {
            Failure::failed("no name is left for this file on the server")
                .hint("upload it by itself, with --name")
        };
        chosen.into_iter().map(|name| name.ok_or_else(unnamed)).collect()
    }
}

/// The candidates of a name among which a file that is on the server is looked for.
const SAME_CANDIDATES: usize = 5;

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use ginflix_import::listing::ListedFile;

    use super::*;

    fn choose(present: &[(&str, u64)], files: &[(&str, u64)]) -> Vec<String> {
        let present = present.iter().map(|(name, size)| (name.parse().unwrap(), *size)).collect();
        let modified = SystemTime::UNIX_EPOCH;
        let file = |(path, size_bytes): &(&str, u64)| ListedFile {
            path: path.into(),
            size_bytes: *size_bytes,
            modified,
        };
        let items = layout::plan(files.iter().map(file).collect(), &[]).items;
        let mut names = Names { present, taken: HashSet::new() };
        names.choose(&items, &[]).into_iter().map(|name| name.unwrap().to_string()).collect()
    }

    #[test]
    fn files_of_the_same_name_get_different_ones() {
        let files = [("A/X (2001).mkv", 1), ("B/X (2001).mkv", 2)];
        assert_eq!(choose(&[], &files), ["X (2001).mkv", "B - X (2001).mkv"]);
    }

    #[test]
    fn a_file_finds_its_name_on_the_server_again() {
        let files = [("A/X (2001).mkv", 1), ("B/X (2001).mkv", 2)];
        let present = [("X (2001).mkv", 2)];
        assert_eq!(choose(&present, &files), ["A - X (2001).mkv", "X (2001).mkv"]);
    }

    #[test]
    fn a_changed_file_keeps_its_name() {
        assert_eq!(choose(&[("X.mkv", 9)], &[("X.mkv", 1)]), ["X.mkv"]);
    }
}
