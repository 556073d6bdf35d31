//! Folders of media files in the layout of Jellyfin and Kodi, made by tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::{media_files, pictures};

/// The episodes of a season.
const EPISODES: usize = 10;

/// A folder of media files.
pub struct Library {
    root: PathBuf,
    /// The start of each media file.
    media: Vec<u8>,
}

impl Library {
    /// Creates an empty library in a folder, which is created.
    pub fn new(root: PathBuf) -> Self {
        fs::create_dir_all(&root).unwrap();
        Self { root, media: fs::read(media_files::three_seconds()).unwrap() }
    }

    /// Creates a library with `movies` movies that have a folder each, with an NFO file, a poster, subtitles and a trailer; and with
    /// `episodes` episodes of series.
    pub fn with(root: PathBuf, movies: usize, episodes: usize) -> Self {
        let library = Self::new(root);
        (0..movies).for_each(|number| library.add_movie(number));
        (0..episodes).for_each(|number| library.add_episode(number));
        library
    }

    /// Returns the path of the folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the path of a file in it.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// Writes a file, and the folders that it is in.
    pub fn write(&self, relative: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Writes a media file whose content no other one has.
    pub fn write_media(&self, relative: impl AsRef<Path>) {
        let content = self.media(&relative.as_ref().to_string_lossy());
        self.write(relative, content);
    }

    /// Returns the content of a media file, with this text at its end in a box that players ignore.
    pub fn media(&self, text: &str) -> Vec<u8> {
        let length = u32::try_from(text.len() + 8).unwrap();
        [&self.media, &length.to_be_bytes()[..], b"free", text.as_bytes()].concat()
    }

    /// Makes all files a minute old, as those of a library that nobody is copying to.
    pub fn age(&self) {
        age(&self.root);
    }

    /// Returns the path of a movie's folder, and the name of its files without an extension.
    pub fn movie(number: usize) -> (String, String) {
        let name = format!("Movie {number:04} ({})", 1900 + number % 100);
        (format!("Movies/{name}"), name)
    }

    /// Writes a movie with all that belongs to it.
    pub fn add_movie(&self, number: usize) {
        let (folder, name) = Self::movie(number);
        self.write_media(format!("{folder}/{name}.mp4"));
        self.write(format!("{folder}/movie.nfo"), nfo(&format!("The movie {number:04}"), "Plot"));
        self.write(format!("{folder}/poster.png"), picture(number));
        let subtitles = format!("1\n00:00:01,000 --> 00:00:02,000\nSubtitles {number}\n");
        self.write(format!("{folder}/{name}.en.srt"), subtitles);
        self.write(format!("{folder}/trailers/trailer.mp4"), "x");
    }

    /// Returns the path of an episode.
    pub fn episode(number: usize) -> String {
        let (season, episode) = (number / EPISODES % 4 + 1, number % EPISODES + 1);
        let series = format!("Series {:03}", number / EPISODES / 4);
        format!("Shows/{series}/Season {season:02}/{series} S{season:02}E{episode:02} - Part.mp4")
    }

    fn add_episode(&self, number: usize) {
        self.write_media(Self::episode(number));
    }
}

fn age(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            age(&entry.path());
        } else if kind.is_file() {
            let minute_ago = SystemTime::now() - Duration::from_secs(60);
            fs::File::open(entry.path()).unwrap().set_modified(minute_ago).unwrap();
        }
    }
}

/// Returns an NFO file of a movie.
pub fn nfo(title: &str, plot: &str) -> String {
    format!("<movie><title>{title}</title><plot>{plot}</plot><genre>Drama</genre></movie>")
}

/// Returns a PNG file, with a number that makes it another one.
pub fn picture(number: usize) -> Vec<u8> {
    pictures::small(number)
}
