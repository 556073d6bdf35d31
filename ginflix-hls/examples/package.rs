//! Writes the HLS of a media file as files, to look at them or to serve them by any web server.
//! Usage: package FILE FOLDER

use std::fs::{self, File};
use std::io::{Error, Result};
use std::path::Path;

use ginflix_hls::index::{self, Index, Limits};
use ginflix_hls::playlist::{self, MasterOptions, UriSuffix};
use ginflix_hls::rendition::RenditionKind;
use ginflix_hls::resource::{RenditionName, Resource, Revision};
use ginflix_hls::{init, segment};
use ginflix_media::source::Budget;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(file), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err(Error::other("usage: package FILE FOLDER"));
    };
    let (file, folder) = (File::open(file)?, Path::new(&folder));
    let found = ginflix_media::inspect(&file, Budget::default())?;
    let built = index::build(&file, &found, &Limits::default()).map_err(Error::other)?;
    let stored = built.to_bytes();
    write(&folder.join("index"), &stored)?;
    let master = playlist::master(built.index(), &MasterOptions::default());
    write(&folder.join(Resource::Master.to_string()), master.as_bytes())?;
    let mut audio = 0;
    for position in 0..built.index().renditions.len() {
        let kind = built.index().renditions[position].kind;
        let number = if kind == RenditionKind::Audio { audio } else { 0 };
        audio += usize::from(kind == RenditionKind::Audio);
        let name = RenditionName { kind, number };
        package(built.index(), &stored, &file, position, name, folder)?;
    }
    Ok(())
}

/// Writes the playlist and the segments of a rendition.
fn package(
    index: &Index,
    stored: &[u8],
    file: &File,
    position: usize,
    name: RenditionName,
    folder: &Path,
) -> Result<()> {
    let revision = Revision::new("00000000").ok_or_else(|| Error::other("no hash"))?;
    let path = |resource: Resource| folder.join(resource.to_string());
    let entries = index.entries(&stored, position).map_err(Error::other)?;
    let text = playlist::media(index, name, &entries, &revision, &UriSuffix::default());
    write(&path(Resource::Playlist(name)), text.unwrap_or_default().as_bytes())?;
    let head = init::segment(index, position).unwrap_or_default();
    write(&path(Resource::Init(name, revision.clone())), &head)?;
    for number in 0..index.renditions[position].segments {
        let content = segment::segment(index, &stored, position, number).map_err(Error::other)?;
        let resource = Resource::Segment(name, revision.clone(), number);
        write(&path(resource), &content.read(file)?)?;
    }
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    fs::write(path, content)
}
