//! The command that makes a copy which plays everywhere.

use super::route::Route;
use super::support::ALL;

/// Returns a command that copies what all browsers play, and converts the rest.
pub fn remedy(name: &str, route: &Route) -> String {
    let Route { container, picture, sound, has_audio, .. } = *route;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let video = if picture == ALL { "-c:v copy" } else { "-c:v libx264 -crf 20 -pix_fmt yuv420p" };
    let audio = match (has_audio, sound == ALL) {
        (false, _) => "",
        (true, true) => " -c:a copy",
        (true, false) => " -c:a aac -b:a 192k -ac 2",
    };
    let options = if picture == ALL && sound == ALL && container != ALL {
        "-c copy".to_owned()
    } else {
        format!("{video}{audio}")
    };
    format!(
        "ffmpeg -i {} {options} -movflags +faststart {}",
        quoted(name),
        quoted(&format!("{stem}.h264.mp4"))
    )
}

/// Quotes a media name for a shell. Media names have no quotes, but may have spaces and brackets.
fn quoted(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_alphanumeric() || "-_./".contains(c));
    if is_plain { name.to_owned() } else { format!("'{}'", name.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_for_a_shell() {
        assert_eq!(quoted("film.mp4"), "film.mp4");
        assert_eq!(quoted("Heat (1995).mkv"), "'Heat (1995).mkv'");
    }
}
