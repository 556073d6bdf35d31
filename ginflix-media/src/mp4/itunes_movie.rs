//! The property list `iTunMOVI`, in which iTunes and Subler keep the people of a movie: for each role, an array of dictionaries with a `name`.

use crate::tags::Collector;

/// The roles that are read, and their names in [`crate::tags`].
const ROLES: [(&str, &str); 2] =
    [("<key>directors</key>", "director"), ("<key>cast</key>", "actor")];

/// Reads the directors and the cast. The list is XML, of which only what programs write is understood.
pub fn read(list: &str, tags: &mut Collector) {
    for (role, name) in ROLES {
        let Some((_, rest)) = list.split_once(role) else { continue };
        let people = rest.split("</array>").next().unwrap_or_default();
        for person in people.split("<key>name</key>").skip(1) {
            let text = person.split_once("<string>").and_then(|(_, text)| text.split_once('<'));
            if let Some((text, _)) = text {
                tags.put(name, &unescape(text));
            }
        }
    }
}

/// Replaces the entities that XML predefines.
fn unescape(text: &str) -> String {
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'")];
    let text = entities.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_read_by_their_roles() {
        let person =
            |name: &&str| format!("<dict>\n<key>name</key>\n<string>{name}</string>\n</dict>");
        let array = |role, people: &[&str]| {
            let people: String = people.iter().map(person).collect();
            format!("<key>{role}</key>\n<array>{people}</array>\n")
        };
        let list = [
            array("cast", &["A", "B &amp; C"]),
            array("directors", &["D"]),
            array("producers", &["E"]),
        ];
        let mut tags = Collector::default();
        read(
            &format!("<plist version=\"1.0\">\n<dict>{}</dict></plist>", list.concat()),
            &mut tags,
        );
        let tags = tags.finish();
        assert_eq!(
            (tags.cast, tags.directors),
            (vec!["A".into(), "B & C".into()], vec!["D".into()])
        );
    }

    #[test]
    fn a_broken_list_gives_what_is_whole() {
        let mut tags = Collector::default();
        read("<key>cast</key><key>name</key><string>A</string><key>name</key><string>B", &mut tags);
        assert_eq!(tags.finish().cast, ["A"]);
    }
}
