//! Reads what is beside a media file: NFO files and a picture.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use ginflix_api::inspection::Inspection;
use ginflix_api::media::MediaName;
use ginflix_api::movie::{MAX_POSTER_BYTES, NewMovie};
use ginflix_api::poster;

use crate::details::{self, Inputs};
use crate::layout::Item;
use crate::listing::ListedFile;
use crate::nfo::{self, Nfo};
use crate::root::Root;
use crate::shown::shown;

/// A file beside a media file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The path relative to the root.
    pub path: PathBuf,
    /// Why, as a part of a sentence.
    pub why: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", shown(&self.path), self.why)
    }
}

/// A picture that may be a poster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The content.
    pub bytes: Vec<u8>,
    /// The content type: `image/jpeg`, `image/png` or `image/webp`.
    pub content_type: &'static str,
}

impl Picture {
    /// Takes a picture if it may be a poster.
    ///
    /// # Errors
    /// It is none, or has too many pixels.
    pub fn new(bytes: Vec<u8>) -> Result<Self, poster::PosterError> {
        let content_type = poster::content_type(&bytes)?;
        Ok(Self { bytes, content_type })
    }
}

/// What is known of the movie of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundMovie {
    /// The details of the movie.
    pub movie: NewMovie,
    /// The year of its series, if it is an episode.
    pub series_year: Option<u16>,
}

/// Returns the movie of an item: what its NFO files, the tags in it and its names say. `problems` gets each file that cannot be read, which then
/// says nothing.
pub fn movie(
    root: &Root,
    item: &Item,
    inspection: Option<&Inspection>,
    media: MediaName,
    problems: &mut Vec<Problem>,
) -> FoundMovie {
    let mut read = |file: &Option<ListedFile>| {
        let path = &file.as_ref()?.path;
        read_nfo(root, path).unwrap_or_else(|why| {
            problems.push(Problem { path: path.clone(), why });
            None
        })
    };
    let (nfo, series_nfo) = (read(&item.nfo), read(&item.series_nfo));
    let inputs = Inputs {
        nfo: nfo.as_ref(),
        series_nfo: series_nfo.as_ref(),
        inspection,
        ..Inputs::of_item(item)
    };
    let details = details::merge(&inputs);
    let series_year = details.series_year.as_ref().map(|year| year.value);
    FoundMovie { movie: details.into_movie(media), series_year }
}

/// Returns the picture beside an item, if it has one. `problems` gets it if it cannot be read or is no picture.
pub fn picture(root: &Root, item: &Item, problems: &mut Vec<Problem>) -> Option<Picture> {
    let path = &item.picture.as_ref()?.path;
    let read = root.read(path, MAX_POSTER_BYTES).map_err(|error| unreadable(&error));
    let picture = read.and_then(|bytes| Picture::new(bytes).map_err(|error| error.to_string()));
    picture.map_err(|why| problems.push(Problem { path: path.clone(), why })).ok()
}

fn read_nfo(root: &Root, path: &Path) -> Result<Option<Nfo>, String> {
    let content = root.read(path, nfo::FILE_LIMIT_BYTES as u64).map_err(|e| unreadable(&e))?;
    nfo::read(&content).map_err(|error| error.to_string())
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::FileTooLarge => "the file is too large".to_owned(),
        _ => format!("it cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{layout, walk};

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x03\x08\0\0\0\0";

    fn found(files: &[(&str, &[u8])]) -> (NewMovie, Option<Picture>, Vec<Problem>) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("A (2001).mkv"), "x").unwrap();
        for (name, content) in files {
            fs::write(dir.path().join(name), content).unwrap();
        }
        let plan = layout::plan(walk::list(dir.path()).unwrap().files, &[]);
        let (root, mut problems) = (Root::open(dir.path()).unwrap(), Vec::new());
        let item = &plan.items[0];
        let media = "a.mkv".parse().unwrap();
        let movie = movie(&root, item, None, media, &mut problems).movie;
        let picture = picture(&root, item, &mut problems);
        (movie, picture, problems)
    }

    #[test]
    fn nfo_and_picture_are_read() {
        let nfo = b"<movie><title>The A</title><plot>Plot</plot></movie>";
        let (movie, picture, problems) = found(&[("movie.nfo", nfo), ("poster.png", PNG)]);
        assert_eq!((movie.title.as_str(), movie.description.as_str()), ("The A", "Plot"));
        assert_eq!(movie.year, Some(2001));
        assert_eq!(picture.unwrap().content_type, "image/png");
        assert_eq!(problems, []);
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        let (movie, picture, problems) = found(&[("movie.nfo", b"<a"), ("poster.png", b"text")]);
        assert_eq!((movie.title.as_str(), picture), ("A", None));
        assert_eq!(problems.len(), 2);
        let paths: Vec<_> =
            problems.iter().map(|problem| problem.path.display().to_string()).collect();
        assert_eq!(paths, ["movie.nfo", "poster.png"]);
    }
}
