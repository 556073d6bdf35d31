//! The bytes of an archive around the content of its members. The reader compares them with what
//! the writer writes, so that no byte of an archive can change unnoticed.

use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Manifest;

/// The path of the first member.
pub const MANIFEST_PATH: &str = "manifest.json";
/// The size of a tar header. Content is padded to a multiple of it.
pub const BLOCK_BYTES: usize = 512;
/// The end of an archive.
pub const END: [u8; 2 * BLOCK_BYTES] = [0; 2 * BLOCK_BYTES];

/// Returns the bytes before the content of a member: its header, and for a long path also the
/// header and the content that GNU tar uses for one.
///
/// # Errors
/// The path is not a relative one, or has no place in an archive.
pub fn head(path: &str, size_bytes: u64, made_at: Timestamp) -> io::Result<Vec<u8>> {
    let mut header = tar::Header::new_gnu();
    header.set_size(size_bytes);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(made_at.as_second()).unwrap_or(0));
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_data(&mut header, path, io::empty())?;
    let mut bytes = archive.into_inner()?;
    bytes.truncate(bytes.len() - END.len());
    Ok(bytes)
}

/// Returns the zeros after content of this size.
pub fn padding(size_bytes: u64) -> &'static [u8] {
    let rest = (size_bytes % BLOCK_BYTES as u64) as usize;
    &END[..(BLOCK_BYTES - rest) % BLOCK_BYTES]
}

/// The manifest as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredManifest {
    #[serde(flatten)]
    manifest: Manifest,
    /// The SHA-256 of the manifest without this field; `None` in archives of early versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    manifest_sha256: Option<String>,
}

/// Returns the stored form of a manifest.
///
/// # Errors
/// The manifest cannot be represented in JSON.
pub fn encode_manifest(manifest: &Manifest) -> serde_json::Result<Vec<u8>> {
    let manifest_sha256 = Some(manifest_sha256(manifest)?);
    serde_json::to_vec_pretty(&StoredManifest { manifest: manifest.clone(), manifest_sha256 })
}

/// Parses a stored manifest; `None` unless it is exactly what the writer wrote.
pub fn decode_manifest(json: &[u8]) -> Option<Manifest> {
    let stored: StoredManifest = serde_json::from_slice(json).ok()?;
    let is_unchanged = serde_json::to_vec_pretty(&stored).ok()? == json;
    let StoredManifest { manifest, manifest_sha256: expected } = stored;
    let has_hash = match expected {
        Some(expected) => expected == manifest_sha256(&manifest).ok()?,
        None => true,
    };
    (is_unchanged && has_hash).then_some(manifest)
}

fn manifest_sha256(manifest: &Manifest) -> serde_json::Result<String> {
    Ok(hex::encode(Sha256::digest(serde_json::to_vec_pretty(manifest)?)))
}
