//! Keyed hashes of clients, so that the catalogue has no addresses of viewers.

use std::net::IpAddr;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::catalog::store::{CatalogStore, ClientHash, StoreError};
use crate::rate_limiter::client_key;

/// The first bytes under the HMAC; they change when the meaning of the others does.
const HASH_VERSION: &[u8] = b"ginflix-client-1";
/// The length of the key in bytes.
const KEY_BYTES: usize = 32;

/// Hashes clients with the key of the catalogue, which all its servers share; cheap to clone.
#[derive(Clone)]
pub struct ClientHasher {
    store: Arc<dyn CatalogStore>,
    key: Arc<OnceCell<Hmac<Sha256>>>,
}

impl ClientHasher {
    /// Creates a hasher, which reads the key when it is first needed.
    pub fn new(store: Arc<dyn CatalogStore>) -> Self {
        Self { store, key: Arc::default() }
    }

    /// Returns the hash of a client; `None` if the key cannot be read.
    pub async fn hash(&self, client: IpAddr) -> Option<ClientHash> {
        match self.key().await {
            Ok(key) => Some(hash(key, client)),
            Err(error) => {
                tracing::debug!(%error, "cannot read the key of client hashes");
                None
            }
        }
    }

    /// Returns a function that hashes clients.
    ///
    /// # Errors
    /// The key cannot be read.
    pub async fn hash_function(&self) -> Result<impl Fn(IpAddr) -> ClientHash + use<>, StoreError> {
        let key = self.key().await?.clone();
        Ok(move |client| hash(&key, client))
    }

    async fn key(&self) -> Result<&Hmac<Sha256>, StoreError> {
        let read = async || {
            let mut candidate = [0; KEY_BYTES];
            getrandom::fill(&mut candidate).map_err(|e| StoreError::Other(e.to_string()))?;
            let key = self.store.client_key(&candidate).await?;
            Hmac::new_from_slice(&key).map_err(|e| StoreError::Other(e.to_string()))
        };
        self.key.get_or_try_init(read).await
    }
}

/// Returns the first half of the HMAC of a client: an IPv4 address or an IPv6 /64 network.
fn hash(key: &Hmac<Sha256>, client: IpAddr) -> ClientHash {
    let mut mac = key.clone();
    mac.update(HASH_VERSION);
    match client_key(client) {
        IpAddr::V4(address) => mac.update(&address.octets()),
        IpAddr::V6(address) => mac.update(&address.octets()),
    }
    let digest: [u8; 32] = mac.finalize().into_bytes().into();
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    ClientHash(Uuid::from_bytes(half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_depends_on_the_key_and_the_network() {
        let key = |byte: u8| Hmac::<Sha256>::new_from_slice(&[byte; KEY_BYTES]).unwrap();
        let of = |key: &Hmac<Sha256>, client: &str| hash(key, client.parse().unwrap());
        let (one, two) = (key(1), key(2));
        assert_eq!(of(&one, "192.0.2.1"), of(&one, "::ffff:192.0.2.1"));
        assert_eq!(of(&one, "2001:db8::1"), of(&one, "2001:db8::2"));
        assert_ne!(of(&one, "192.0.2.1"), of(&one, "192.0.2.2"));
        assert_ne!(of(&one, "192.0.2.1"), of(&two, "192.0.2.1"));
    }
}
