//! The season that an episode belongs to, which is a collection of the catalogue within one of its series.

use ginflix_api::movie::Episode;

/// The place of an episode in a season.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeasonPlace {
    /// The title of the series.
    pub series: String,
    /// The season; 0 is that of specials.
    pub season: u16,
    /// The number within the season.
    pub number: u16,
}

impl SeasonPlace {
    /// Returns the place of an episode; `None` if its series, its season or its number is not known.
    pub fn of(episode: Option<&Episode>) -> Option<Self> {
        let Episode { series, season, number } = episode?.clone();
        Some(Self { series: series?, season: season?, number: number? })
    }

    /// Returns the title of the collection of the season.
    pub fn season_title(&self) -> String {
        match self.season {
            0 => "Specials".to_owned(),
            season => format!("Season {season}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_known_as_a_whole_or_not_at_all() {
        let whole = Episode { series: Some("A".into()), season: Some(2), number: Some(3) };
        let place = SeasonPlace::of(Some(&whole)).unwrap();
        assert_eq!((place.season_title().as_str(), place.number), ("Season 2", 3));
        let specials = SeasonPlace { season: 0, ..place };
        assert_eq!(specials.season_title(), "Specials");
        for part in [
            Episode { series: None, ..whole.clone() },
            Episode { season: None, ..whole.clone() },
            Episode { number: None, ..whole.clone() },
        ] {
            assert_eq!(SeasonPlace::of(Some(&part)), None, "{part:?}");
        }
        assert_eq!(SeasonPlace::of(None), None);
    }
}
