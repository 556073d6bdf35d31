//! The module with the messages of scripts, which is another one for each language.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use super::Asset;
use crate::locale::{Locale, script_messages};

/// The name by which scripts import it.
pub const NAME: &str = "messages.js";

static HASHES: LazyLock<[[u8; 32]; 3]> = LazyLock::new(|| {
    Locale::ALL.map(|locale| Sha256::digest(script_messages::module(locale)).into())
});

/// Returns the module for a language.
pub fn get(locale: Locale) -> Asset {
    let [english, german, french] = *HASHES;
    let hash = match locale {
        Locale::English => english,
        Locale::German => german,
        Locale::French => french,
    };
    Asset { content: script_messages::module(locale).as_bytes().into(), hash }
}
