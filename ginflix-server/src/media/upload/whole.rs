//! A small file that comes whole in the request that creates it.
//!
//! Nothing of it reaches the disk before all of it is there and verified, and
//! its client has no location to go on from: so it needs no record. What a
//! crash leaves is content without one, which the start-up clears away, or the
//! visible file, which [`Uploads::tend`] records like one that came by hand.

use std::fs::File;
use std::io::{self, Write};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use ginflix_api::media::Media;
use ginflix_api::tus;
use rustix::fs::RenameFlags;
use uuid::Uuid;

use super::error::UploadError;
use super::fault::Step;
use super::files::part_path;
use super::hash::ContentHash;
use super::publish::{as_media, rename};
use super::record::{NewUpload, Phase, Record};
use super::state::{State, Status, Upload};
use super::{Append, Expected, Uploads, blocking};
use crate::clock;
use crate::durable;
use crate::media::facts::{Facts, Stamp};
use crate::media::{kind, probe};

/// What a request for a whole file asks for.
struct Whole {
    about: NewUpload,
    pieces: Vec<Bytes>,
    sha256: String,
}

/// Where a file ended up.
enum Place {
    /// It has the name now.
    Taken(Facts),
    /// A file of the same content had it before.
    Found(Facts),
}

impl Uploads {
    /// Whether this append makes a new upload whole, and is small enough to be
    /// held in memory until it is. Where streamers share a catalogue it is
    /// needed on the disk what a file is to become, before it has its name.
    pub fn comes_whole(&self, about: &NewUpload, append: &Append) -> bool {
        append.length == Some(about.length)
            && about.length <= tus::SINGLE_REQUEST_LIMIT
            && !self.0.register.is_shared()
    }

    /// Takes a file of at most [`tus::SINGLE_REQUEST_LIMIT`]: all of it, or nothing. It
    /// is visible, durable and recorded when this returns.
    ///
    /// # Errors
    /// As those of [`Uploads::create`] and [`Uploads::append`].
    pub async fn take_whole<E>(
        &self,
        about: NewUpload,
        append: Append,
        body: impl Stream<Item = Result<Bytes, E>> + Send + Unpin,
    ) -> Result<(Status, Media), UploadError> {
        self.check_length(about.length)?;
        let permit = self.permit()?;
        let pieces = gather(body, about.length).await?;
        let uploads = self.clone();
        // A task of its own: a client that goes away now must not leave a
        // visible file that is not recorded.
        let work = async move {
            let whole = blocking(move || verify(about, append, pieces)).await?;
            let published = uploads.publish_whole(whole).await;
            drop(permit);
            published
        };
        tokio::spawn(work).await?
    }

    async fn publish_whole(&self, whole: Whole) -> Result<(Status, Media), UploadError> {
        let _held = self.0.volume.names().hold(&whole.about.name).await;
        let uploads = self.clone();
        let (id, about, place) = blocking(move || {
            let id = Uuid::now_v7();
            let place = uploads.place(id, &whole)?;
            Ok((id, whole.about, place))
        })
        .await?;
        let facts = match place {
            Place::Taken(facts) => facts,
            // An earlier attempt, which the catalogue did not hear of, is made whole.
            Place::Found(facts) => match self.0.register.media(&about.name).await? {
                Some(known) if known.sha256 == facts.sha256 => {
                    return Err(UploadError::NameTaken(about.name));
                }
                _ => facts,
            },
        };
        let media = as_media(&about.name, &facts);
        self.0.register.put_media(&media).await?;
        tracing::info!(media = %about.name, bytes = about.length, "published");
        let (offset, phase) = (about.length, Phase::Done { sha256: facts.sha256 });
        let record = Record { id, about, expires_at: self.expiry(), phase };
        let upload = Upload::new(State { record, offset, hash: ContentHash::default() });
        let status = upload.status();
        self.all().insert(id, upload.into());
        Ok((status, media))
    }

    /// Brings the content to its name, durably.
    fn place(&self, id: Uuid, whole: &Whole) -> Result<Place, UploadError> {
        let Whole { about, pieces, sha256 } = whole;
        let target = self.0.volume.media_path(&about.name);
        if !about.replace && self.0.volume.stat(&about.name).is_ok() {
            return self.compare(about, sha256).map(Place::Found);
        }
        self.check_room(about.length)?;
        let part = part_path(&self.0.volume.uploads_folder(), id);
        let flags = if about.replace { RenameFlags::empty() } else { RenameFlags::NOREPLACE };
        let written = self.write_whole(&part, pieces).and_then(|file| {
            self.0.faults.before(Step::Rename)?;
            rename(&part, &target, flags)?;
            Ok(file)
        });
        let mut file = match written {
            Ok(file) => file,
            Err(error) => {
                let _ = durable::remove(&part); // the start-up clears away what stays
                return match error.kind() {
                    io::ErrorKind::AlreadyExists => self.compare(about, sha256).map(Place::Found),
                    _ => Err(error.into()),
                };
            }
        };
        let synced = self.0.faults.before(Step::SyncFolders);
        synced.and_then(|()| self.0.media_folder.sync())?;
        let facts = facts_of(&mut file, sha256.clone())?;
        self.keep_facts(&about.name, &facts);
        Ok(Place::Taken(facts))
    }

    fn write_whole(&self, part: &std::path::Path, pieces: &[Bytes]) -> io::Result<File> {
        let mut file = File::options().read(true).write(true).create_new(true).open(part)?;
        for piece in pieces {
            self.0.faults.before(Step::WritePiece)?;
            file.write_all(piece)?;
        }
        self.0.faults.before(Step::SyncContent)?;
        file.sync_data()?;
        Ok(file)
    }

    /// Facts of the file that has the name, if it is the same; it is made
    /// durable, as nobody knows how far the attempt came that left it.
    fn compare(&self, about: &NewUpload, sha256: &str) -> Result<Facts, UploadError> {
        let other = || UploadError::NameTaken(about.name.clone());
        let path = self.0.volume.media_path(&about.name);
        if self.0.volume.stat(&about.name)?.size != about.length {
            return Err(other());
        }
        let mut file = File::open(path)?;
        let mut hash = ContentHash::default();
        hash.catch_up(&file, about.length)?;
        if hash.sha256() != sha256 {
            return Err(other());
        }
        file.sync_data()?;
        self.0.media_folder.sync()?;
        let facts = facts_of(&mut file, sha256.to_owned())?;
        self.keep_facts(&about.name, &facts);
        Ok(facts)
    }
}

fn facts_of(file: &mut File, sha256: String) -> io::Result<Facts> {
    let stamp = Stamp::of(&file.metadata()?);
    let duration_seconds = probe::duration_seconds(file);
    Ok(Facts { stamp, sha256, duration_seconds, created_at: clock::now() })
}

/// All pieces of a body that must have this length.
async fn gather<E>(
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    length: u64,
) -> Result<Vec<Bytes>, UploadError> {
    let (mut pieces, mut got) = (Vec::new(), 0);
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| UploadError::EndedEarly)?;
        got += piece.len() as u64;
        if got > length {
            return Err(UploadError::TooMuchContent { limit_bytes: length });
        }
        pieces.push(piece);
    }
    if got == length { Ok(pieces) } else { Err(UploadError::EndedEarly) }
}

/// Holds what came against all that was said of it.
fn verify(about: NewUpload, append: Append, pieces: Vec<Bytes>) -> Result<Whole, UploadError> {
    let mut hash = ContentHash::default();
    pieces.iter().for_each(|piece| hash.update(piece));
    if let Some(Expected { mut algorithm, value }) = append.checksum {
        pieces.iter().for_each(|piece| algorithm.update(piece));
        if *algorithm.finalize() != *value {
            return Err(UploadError::AppendChecksumMismatch);
        }
    }
    let sha256 = hash.sha256();
    let announced = [&about.sha256, &append.file_sha256];
    if announced.into_iter().flatten().any(|announced| *announced != sha256) {
        return Err(UploadError::FileChecksumMismatch { sha256 });
    }
    if !about.any_type && kind::of(&head(&pieces)).is_none() {
        return Err(UploadError::UnknownType(about.name));
    }
    Ok(Whole { about, pieces, sha256 })
}

fn head(pieces: &[Bytes]) -> Vec<u8> {
    pieces.iter().flatten().copied().take(kind::HEAD_BYTES).collect()
}
