//! What a media file says of the movie that it is.

use serde::{Deserialize, Serialize};

/// What a file says of the movie or episode that it is, within the limits of [`crate::movie`]. The title is that of the
/// inspection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Tags {
    /// The year of the release, within [`crate::movie::YEARS`].
    pub year: Option<u16>,
    /// The description, which may have several lines.
    pub description: Option<String>,
    /// The genres.
    pub genres: Vec<String>,
    /// The names of the directors.
    pub directors: Vec<String>,
    /// The names of the cast members.
    pub cast: Vec<String>,
    /// The title of the series.
    pub series: Option<String>,
    /// The season; 0 is that of specials.
    pub season: Option<u16>,
    /// The episode within the season.
    pub episode: Option<u16>,
}

impl Tags {
    /// Returns whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let lists = [&self.genres, &self.directors, &self.cast];
        let name = |name: &String| size_of::<String>() + name.len();
        length(&self.description)
            + length(&self.series)
            + lists.into_iter().flatten().map(name).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspection::Inspection;

    #[test]
    fn an_inspection_of_an_earlier_version_has_no_tags() {
        let mut json = serde_json::to_value(Inspection::default()).unwrap();
        assert_eq!(json.get("tags"), None);
        let found: Inspection = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(found, Inspection::default());
        json["tags"] = serde_json::json!({"season": 2});
        let found: Inspection = serde_json::from_value(json).unwrap();
        assert_eq!(found.tags, Tags { season: Some(2), ..Tags::default() });
    }

    #[test]
    fn tags_count_as_memory() {
        let tags = Tags {
            description: Some("x".repeat(5000)),
            cast: vec!["y".repeat(50); 20],
            ..Tags::default()
        };
        let found = Inspection { tags, ..Inspection::default() };
        assert!((6000..7000).contains(&found.heap_bytes()), "{}", found.heap_bytes());
    }
}
