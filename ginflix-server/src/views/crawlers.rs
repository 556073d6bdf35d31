//! Recognizes web crawlers, whose playbacks are never views.

/// Substrings of `User-Agent`, in lower case, that only crawlers and link previews send. The list is
/// short on purpose: a crawler that wants to hide does not send its name, and the clock of the
/// server limits what it can claim.
const CRAWLER_PATTERNS: &[&str] = &[
    "bot/",
    "bot;",
    "crawler",
    "spider",
    "adsbot",
    "ahrefsbot",
    "archive.org_bot",
    "facebookexternalhit",
    "google-inspectiontool",
    "googleother",
    "mediapartners-google",
    "slackbot",
    "slurp",
    "whatsapp/",
];

/// Whether this value of `User-Agent` belongs to a known crawler.
pub fn is_crawler(user_agent: &str) -> bool {
    let user_agent = user_agent.to_ascii_lowercase();
    CRAWLER_PATTERNS.iter().any(|part| user_agent.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crawlers_are_distinguished_from_browsers() {
        for crawler in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "Mozilla/5.0 (compatible; Baiduspider/2.0)",
            "WhatsApp/2.23.20.0",
        ] {
            assert!(is_crawler(crawler), "{crawler}");
        }
        for browser in [
            "",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/156.0 Safari/537.36",
            "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Mobile Safari/537.36",
            "curl/8.5.0",
        ] {
            assert!(!is_crawler(browser), "{browser}");
        }
    }
}
