//! Finds the collection that an id, the start of an id, or a title refers to.

use ginflix_api::client::Client;
use ginflix_api::collection::Collection;

use crate::error::{ExitStatus, Failure, Result};

/// The fewest characters that may be the start of an id. A shorter text is probably a title.
const MIN_ID_PREFIX_CHARS: usize = 4;
/// The most collections that the message about an ambiguous reference lists.
const MAX_LISTED_COLLECTIONS: usize = 10;

/// Finds the collection with this id, start of an id, or title.
///
/// # Errors
/// Fails with `NotFound` if no collection matches, with `Conflict` if several match, or if the request fails.
pub async fn find_collection(client: &Client, id_or_title: &str) -> Result<Collection> {
    find_unique(&client.collections().await?, id_or_title).cloned()
}

/// Applies the rules in order: the id, the exact title, the title in any case, the start of the id.
fn find_unique<'a>(all: &'a [Collection], id_or_title: &str) -> Result<&'a Collection> {
    let lower = id_or_title.to_lowercase();
    let may_be_id = id_or_title.chars().count() >= MIN_ID_PREFIX_CHARS;
    let rules: [&dyn Fn(&Collection) -> bool; 4] = [
        &|one| one.id.to_string() == lower,
        &|one| one.title == id_or_title,
        &|one| one.title.to_lowercase() == lower,
        &|one| may_be_id && one.id.to_string().starts_with(&lower),
    ];
    for rule in rules {
        let found: Vec<&Collection> = all.iter().filter(|one| rule(one)).collect();
        match found.as_slice() {
            [] => {}
            [only] => return Ok(only),
            several => return Err(ambiguous(id_or_title, several)),
        }
    }
    Err(Failure::new(ExitStatus::NotFound, format!("there is no collection `{id_or_title}`"))
        .hint("see them all: ginflix collection list"))
}

fn ambiguous(id_or_title: &str, found: &[&Collection]) -> Failure {
    let mut message = format!("`{id_or_title}` matches {} collections:", found.len());
    for one in found.iter().take(MAX_LISTED_COLLECTIONS) {
        message.push_str(&format!("\n  {}  {}", one.id, one.title));
        if let Some(parent) = &one.parent_title {
            message.push_str(&format!(" (in {parent})"));
        }
    }
    if found.len() > MAX_LISTED_COLLECTIONS {
        message.push_str("\n  …");
    }
    Failure::new(ExitStatus::Conflict, message).hint("use the id of the collection instead")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn season(id: u128, series: &str) -> Collection {
        Collection {
            id: Uuid::from_u128(id << 96),
            title: "Season 1".to_owned(),
            description: String::new(),
            parent: Some(Uuid::max()),
            parent_title: Some(series.to_owned()),
            position: 0,
            movie_count: 0,
            poster_path: None,
            version: 1,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_collection_is_found_by_its_id_or_a_unique_title() {
        let all = [season(0x1111_0000, "One"), season(0x2222_0000, "Two")];
        assert_eq!(find_unique(&all, "2222").unwrap(), &all[1]);
        assert_eq!(find_unique(&all[..1], "season 1").unwrap(), &all[0]);
        let failure = find_unique(&all, "Season 1").unwrap_err();
        assert_eq!(failure.status, ExitStatus::Conflict);
        assert!(failure.message.contains("(in Two)"), "{}", failure.message);
        assert_eq!(find_unique(&all, "Season 2").unwrap_err().status, ExitStatus::NotFound);
        assert_eq!(find_unique(&all, "111").unwrap_err().status, ExitStatus::NotFound);
    }
}
