//! The rule for new passwords: their length, and that a guesser who knows common passwords, words, names,
//! dates and patterns would not find them soon. Passwords that exist already are not judged.

use ginflix_api::account::{MAX_PASSWORD_BYTES as MAX_BYTES, MIN_PASSWORD_CHARS as MIN_CHARS};
use zxcvbn::{Score, zxcvbn};

use crate::error::AppError;

/// The characters of a password that are judged, because the time grows faster than the length: 32
/// characters take up to 0.2 s. A password whose start is strong is not weakened by the rest.
const JUDGED_CHARS: usize = 32;
/// The fewest characters of a part of an account's name that count as a guess.
const MIN_PART_CHARS: usize = 3;

/// What to do instead of a password that was refused.
const REMEDY: &str =
    "use several words that do not belong together, or let a password manager generate one";

/// Checks the length of a new password. Takes no time.
///
/// # Errors
/// `Invalid`, with the rule.
pub fn check_length(password: &str) -> Result<(), AppError> {
    if password.chars().count() >= MIN_CHARS && password.len() <= MAX_BYTES {
        return Ok(());
    }
    let rule = format!("must have at least {MIN_CHARS} characters and at most {MAX_BYTES} bytes");
    Err(AppError::invalid("password", rule))
}

/// Checks that a new password of an account needs at least 100 million guesses. Takes up to 0.2 s.
///
/// # Errors
/// `Invalid`, with the reason and what would be right.
pub fn check_strength(password: &str, account: &str) -> Result<(), AppError> {
    let start: String = password.chars().take(JUDGED_CHARS).collect();
    let parts = account.split(|c: char| !c.is_ascii_alphanumeric());
    let joined = account.replace(|c: char| !c.is_ascii_alphanumeric(), "");
    let known: Vec<&str> = parts
        .filter(|part| part.len() >= MIN_PART_CHARS)
        .chain(["ginflix", account, &joined])
        .collect();
    let judged = zxcvbn(&start, &known);
    if judged.score() >= Score::Three {
        return Ok(());
    }
    let warning = judged.feedback().and_then(|feedback| feedback.warning());
    let why = warning.map_or_else(
        || "it is made of common words, names, dates or the account's name".to_owned(),
        |warning| decapitalized(warning.to_string().trim_end_matches('.')),
    );
    Err(AppError::invalid("password", format!("is easy to guess ({why}): {REMEDY}")))
}

/// Returns a sentence with a lower-case first letter, for use within another one.
fn decapitalized(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().into_iter().flat_map(char::to_lowercase).chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::secret::Secret;

    fn refusal(password: &str) -> String {
        check_strength(password, "anna@films.example").unwrap_err().to_string()
    }

    #[test]
    fn a_length_out_of_bounds_is_refused() {
        for invalid in ["", "ninechars", "ééééééééé", &"x".repeat(MAX_BYTES + 1)] {
            let refused = check_length(invalid);
            assert!(matches!(refused, Err(AppError::Invalid { field: "password", .. })));
        }
        assert!(check_length("ten chars!").is_ok() && check_length(&"x".repeat(MAX_BYTES)).is_ok());
    }

    #[test]
    fn common_passwords_and_patterns_are_refused_with_the_reason() {
        assert!(refusal("1234567890").contains("this is a top-100 common password"));
        assert!(refusal("P@ssw0rd2024").contains("similar to a commonly used password"));
        assert!(refusal("aaaaaaaaaaaa").contains("repeats"));
        assert!(refusal("abcdefghijklm").contains("sequences"));
        for weak in [
            "qwertyuiop",
            "ginflixginflix",
            "anna@films.example",
            "annafilmsexample",
            "administrator",
        ] {
            assert!(refusal(weak).contains("several words"), "{weak}");
        }
        let long = "password".repeat(MAX_BYTES / 8);
        assert!(refusal(&long).contains("repeats"));
    }

    #[test]
    fn several_words_and_random_characters_are_accepted() {
        for strong in ["correct horse", "seven-violet-lanterns", "x7Rq-02mVb"] {
            assert!(check_strength(strong, "anna").is_ok(), "{strong}");
        }
    }

    /// `ginflix cluster up` generates groups of letters and digits, `k8s/make-secret` hexadecimal digits.
    #[test]
    fn generated_passwords_are_accepted() {
        let readable = b"abcdefghijkmnpqrstuvwxyz23456789";
        for _ in 0..50 {
            let random = Secret::random().unwrap().sha256();
            let groups: Vec<String> = random[..20]
                .chunks(5)
                .map(|group| {
                    group.iter().map(|b| char::from(readable[usize::from(b % 32)])).collect()
                })
                .collect();
            for generated in [groups.join("-"), hex::encode(&random[..12])] {
                assert!(check_strength(&generated, "admin").is_ok(), "{generated}");
            }
        }
    }
}
