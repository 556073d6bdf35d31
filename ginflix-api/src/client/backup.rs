//! All that a backup carries, read and written line by line; and films as they are.

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Body, Method};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};
use tokio_util::io::StreamReader;

use super::{Client, ClientError};
use crate::backup::{self, BackupLine, BackupSummary, MAX_LINE_BYTES};
use crate::media::MediaName;
use crate::paths;

/// The lines of a backup, one after the other.
pub struct BackupReader {
    reader: Box<dyn AsyncBufRead + Send + Unpin>,
}

impl BackupReader {
    /// The next one; `None` where they stop, which is right after
    /// [`BackupLine::End`] only.
    ///
    /// # Errors
    /// Where the connection breaks, or what comes is no such line.
    pub async fn next(&mut self) -> Result<Option<BackupLine>, ClientError> {
        let broken = |message: String| ClientError::Protocol { status: None, message };
        let mut line = Vec::new();
        let mut limited = (&mut self.reader).take(MAX_LINE_BYTES as u64 + 1);
        let read = limited.read_until(b'\n', &mut line).await;
        read.map_err(|error| broken(format!("the backup was broken off: {error}")))?;
        match line.last() {
            None => Ok(None),
            Some(b'\n') => serde_json::from_slice(&line)
                .map(Some)
                .map_err(|error| broken(format!("a line of the backup cannot be read: {error}"))),
            Some(_) => Err(broken("the backup was broken off".to_owned())),
        }
    }
}

impl Client {
    /// Begins to read a backup.
    ///
    /// # Errors
    /// What the server says.
    pub async fn backup(&self) -> Result<BackupReader, ClientError> {
        let response = self.send(self.call(Method::GET, paths::BACKUP)?).await?;
        let pieces = response.bytes_stream().map_err(std::io::Error::other);
        Ok(BackupReader { reader: Box::new(StreamReader::new(Box::pin(pieces))) })
    }

    /// Puts the lines of a backup in the place of what is there; `replace` also
    /// where the catalogue is not empty.
    ///
    /// # Errors
    /// What the server says; then nothing is changed.
    pub async fn restore<S>(&self, lines: S, replace: bool) -> Result<BackupSummary, ClientError>
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    {
        // It answers when all is in its place, which may take a while.
        let request = self.uploads.request(Method::PUT, self.url(paths::BACKUP)?);
        let request = request
            .query(&[("replace", replace)])
            .header(CONTENT_TYPE, backup::CONTENT_TYPE)
            .body(Body::wrap_stream(lines));
        self.json(request).await
    }

    /// The bytes of a file, as they come.
    ///
    /// # Errors
    /// What the server says.
    pub async fn download(
        &self,
        name: &MediaName,
    ) -> Result<impl Stream<Item = std::io::Result<Bytes>> + Send + use<>, ClientError> {
        let response = self.send(self.call(Method::GET, &paths::stream(name))?).await?;
        Ok(response.bytes_stream().map(|piece| piece.map_err(std::io::Error::other)))
    }
}
