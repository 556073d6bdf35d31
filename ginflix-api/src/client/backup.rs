//! Requests that export and import backups, and download media files.

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

/// Reads a backup line by line while it is downloaded.
pub struct BackupReader {
    reader: Box<dyn AsyncBufRead + Send + Unpin>,
}

impl BackupReader {
    /// Reads the next line. Returns `None` at the end of the response, which is
    /// only valid after [`BackupLine::End`].
    ///
    /// # Errors
    /// Fails if the connection breaks, or a line is not valid or has more than
    /// [`MAX_LINE_BYTES`] bytes.
    pub async fn next(&mut self) -> Result<Option<BackupLine>, ClientError> {
        let broken = |message: String| ClientError::Protocol { status: None, message };
        let mut line = Vec::new();
        let mut limited = (&mut self.reader).take(MAX_LINE_BYTES as u64 + 1);
        let read = limited.read_until(b'\n', &mut line).await;
        read.map_err(|error| broken(format!("the download of the backup broke off: {error}")))?;
        match line.last() {
            None => Ok(None),
            Some(b'\n') => serde_json::from_slice(&line)
                .map(Some)
                .map_err(|error| broken(format!("a line of the backup cannot be read: {error}"))),
            // The response ended within a line, or the line is too long.
            Some(_) => Err(broken("the download of the backup broke off".to_owned())),
        }
    }
}

impl Client {
    /// Starts the download of a backup.
    ///
    /// # Errors
    /// Fails if the request fails or the server refuses it.
    pub async fn backup(&self) -> Result<BackupReader, ClientError> {
        let response = self.send(self.request(Method::GET, paths::BACKUP)?).await?;
        let chunks = response.bytes_stream().map_err(std::io::Error::other);
        Ok(BackupReader { reader: Box::new(StreamReader::new(Box::pin(chunks))) })
    }

    /// Replaces the catalogue, accounts and views with those of a backup. A
    /// catalogue that is not empty is only replaced with `replace`.
    ///
    /// # Errors
    /// Fails if the request fails or the server refuses it. Then the server has
    /// changed nothing.
    pub async fn restore<S>(&self, lines: S, replace: bool) -> Result<BackupSummary, ClientError>
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    {
        // The server responds after the import, which may take longer than the
        // idle timeout of `api`.
        let request = self.uploads.request(Method::PUT, self.url(paths::BACKUP)?);
        let request = request
            .query(&[("replace", replace)])
            .header(CONTENT_TYPE, backup::CONTENT_TYPE)
            .body(Body::wrap_stream(lines));
        self.json(request).await
    }

    /// Downloads a media file as a stream of chunks.
    ///
    /// # Errors
    /// Fails if the request fails or the server refuses it.
    pub async fn download(
        &self,
        name: &MediaName,
    ) -> Result<impl Stream<Item = std::io::Result<Bytes>> + Send + use<>, ClientError> {
        let response = self.send(self.request(Method::GET, &paths::stream(name))?).await?;
        Ok(response.bytes_stream().map(|chunk| chunk.map_err(std::io::Error::other)))
    }
}
