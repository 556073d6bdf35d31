use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

const PATH: &str = "/stream/a%20film.mp4";

fn links(keys: &[&str]) -> Links {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys");
    let lines: Vec<String> = keys.iter().map(|key| key.repeat(32)).collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    Links::new(HmacKeys::read(&path).unwrap())
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// Verifies a link that consists of a path and a query.
fn follow(links: &Links, link: &str, now: Timestamp) -> LinkStatus {
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    links.verify(path, query, now)
}

#[test]
fn a_link_is_valid_until_it_expires() {
    let links = links(&["a"]);
    let link = links.sign_for(PATH, "Zoë & co", time(1000));
    assert_eq!(follow(&links, &link, time(0)), LinkStatus::Valid);
    assert_eq!(follow(&links, &link, time(999)), LinkStatus::Valid);
    assert_eq!(follow(&links, &link, time(1000)), LinkStatus::Expired);
    assert_eq!(follow(&links, PATH, time(0)), LinkStatus::Unsigned);
    assert_eq!(links.verify(PATH, "v=1&signed=x", time(0)), LinkStatus::Unsigned);
}

#[test]
fn the_path_may_be_encoded_in_another_way() {
    let links = links(&["a"]);
    let link = links.sign_for(PATH, "ann", time(1000));
    let query = link.split_once('?').unwrap().1;
    assert_eq!(links.verify("/stream/%61%20film%2Emp4", query, time(0)), LinkStatus::Valid);
}

#[test]
fn other_parameters_of_the_query_do_not_matter() {
    let links = links(&["a"]);
    let link = links.sign_for(PATH, "ann", time(1000)).replace('?', "?v=0123&");
    assert_eq!(follow(&links, &link, time(0)), LinkStatus::Valid);
    // But no parameter may occur twice.
    let twice = format!("{link}&expires=2000");
    assert_eq!(follow(&links, &twice, time(0)), LinkStatus::Forged);
}

#[test]
fn two_keys_are_valid_and_the_first_one_signs() {
    let (old, both, new) = (links(&["a"]), links(&["b", "a"]), links(&["b"]));
    let by_old = old.sign_for(PATH, "ann", time(1000));
    let by_both = both.sign_for(PATH, "ann", time(1000));
    assert_eq!(follow(&both, &by_old, time(0)), LinkStatus::Valid);
    assert_eq!(follow(&both, &by_both, time(0)), LinkStatus::Valid);
    assert_eq!(follow(&new, &by_both, time(0)), LinkStatus::Valid);
    assert_eq!(follow(&new, &by_old, time(0)), LinkStatus::Forged);
    assert_eq!(follow(&old, &by_both, time(0)), LinkStatus::Forged);
}

#[test]
fn no_part_of_a_link_may_be_missing() {
    let links = links(&["a"]);
    let link = links.sign_for(PATH, "ann", time(1000));
    let (_, query) = link.split_once('?').unwrap();
    for part in ["expires=", "issued=", "account="] {
        let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with(part)).collect();
        assert_eq!(links.verify(PATH, &rest.join("&"), time(0)), LinkStatus::Forged, "{part}");
    }
    for signature in ["", "x", "AAAA"] {
        let (before, _) = query.rsplit_once("signature=").unwrap();
        let broken = format!("{before}signature={signature}");
        assert_eq!(links.verify(PATH, &broken, time(0)), LinkStatus::Forged);
    }
}

#[test]
fn a_link_opens_all_that_belongs_to_its_media_file_and_nothing_else() {
    let links = links(&["a"]);
    let link = links.sign_for(PATH, "ann", time(1000));
    let (_, query) = link.split_once('?').unwrap();
    let status = |path: &str| links.verify(path, query, time(0));
    for below in ["/hls/master.m3u8", "/hls/video/1a-1/0.m4s", "/", "/x/../y"] {
        assert_eq!(status(&format!("{PATH}{below}")), LinkStatus::Valid, "{below}");
    }
    for other in [
        "/stream/other.mp4",
        "/stream/other.mp4/hls/master.m3u8",
        "/stream/a%20film.mp4.mp4",
        "/stream/",
        "/stream",
        "/stream/x/a%20film.mp4",
        "/x/stream/a%20film.mp4",
        "/stream//a%20film.mp4",
    ] {
        assert_eq!(status(other), LinkStatus::Forged, "{other}");
    }
    // The path of anything else is not a folder.
    let poster = links.sign_for("/api/v1/movies/1/poster", "ann", time(1000));
    let (path, query) = poster.split_once('?').unwrap();
    assert_eq!(links.verify(path, query, time(0)), LinkStatus::Valid);
    assert_eq!(links.verify(&format!("{path}/x"), query, time(0)), LinkStatus::Forged);
}

#[test]
fn each_field_is_signed() {
    let links = links(&["a"]);
    let grant =
        LinkGrant { account: "ann", audience: "Zoë", issued: time(5), expires: time(1000) };
    let link = links.sign(PATH, &grant);
    assert_eq!(follow(&links, &link, time(0)), LinkStatus::Valid);
    for (field, other) in [
        ("issued=5", "issued=6"),
        ("account=ann", "account=bob"),
        ("expires=1000", "expires=1001"),
        ("for=Zo", "for=zo"),
        ("for=", "x="),
        ("issued=5&", ""),
    ] {
        assert!(link.contains(field), "{link}");
        let status = follow(&links, &link.replace(field, other), time(0));
        assert_eq!(status, LinkStatus::Forged, "{field} {other}");
    }
}

#[test]
fn a_link_of_format_1_opens_its_path_until_it_expires() {
    let links = links(&["a"]);
    let (expires, audience) = (1000, Some("ann".to_owned()));
    let mut signed =
        LinkQuery { expires, issued: None, account: None, audience, signature: String::new() };
    let mac = link_mac(links.keys.signing_key(), PATH, &signed).unwrap();
    signed.signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    let query = serde_urlencoded::to_string(signed).unwrap();
    assert_eq!(links.verify(PATH, &query, time(999)), LinkStatus::Valid);
    assert_eq!(links.verify(PATH, &query, time(1000)), LinkStatus::Expired);
    let below = format!("{PATH}/hls/master.m3u8");
    assert_eq!(links.verify(&below, &query, time(0)), LinkStatus::Forged);
    assert_eq!(links.suffix(PATH, &query, time(0)), "");
}

#[test]
fn the_suffix_has_the_fields_of_a_valid_link_only() {
    let links = links(&["a"]);
    let link = links.sign_for(PATH, "ann", time(1000));
    let (_, query) = link.split_once('?').unwrap();
    let path = format!("{PATH}/hls/master.m3u8");
    let with_more = format!("audio_codecs=aac&{query}&x=<");
    assert_eq!(links.suffix(&path, &with_more, time(0)), format!("?{query}"));
    assert_eq!(links.suffix(&path, query, time(1000)), "");
    assert_eq!(links.suffix("/stream/other.mp4", query, time(0)), "");
    assert_eq!(links.suffix(&path, "", time(0)), "");
}

proptest! {
    #[test]
    fn a_signature_is_valid_for_its_own_link_only(
        path in "/[a-z./]{0,8}", audience in "\\PC{0,8}", expires in 1i64..1_000_000,
        other_path in "/[a-z./]{0,8}", other_audience in "\\PC{0,8}", longer in 1i64..1000,
    ) {
        let links = links(&["a"]);
        let link = links.sign_for(&path, &audience, time(expires));
        let now = time(expires) - SignedDuration::from_secs(1);
        prop_assert_eq!(follow(&links, &link, now), LinkStatus::Valid);
        let signature = link.rsplit_once('=').unwrap().1;
        let altered = |path: &str, expires: i64, account: &str| {
            let signed = LinkQuery {
                expires,
                issued: Some(0),
                account: Some(account.to_owned()),
                audience: None,
                signature: signature.to_owned(),
            };
            links.verify(path, &serde_urlencoded::to_string(signed).unwrap(), now)
        };
        prop_assert_eq!(altered(&path, expires + longer, &audience), LinkStatus::Forged);
        if path != other_path {
            prop_assert_eq!(altered(&other_path, expires, &audience), LinkStatus::Forged);
        }
        if audience != other_audience {
            prop_assert_eq!(altered(&path, expires, &other_audience), LinkStatus::Forged);
        }
    }
}

#[test]
fn an_open_link_says_when_it_ends_and_another_why_it_opens_nothing() {
    let links = links(&["a"]);
    let link = links.sign_for(PATH, "ann", time(1000));
    let (path, query) = link.split_once('?').unwrap();
    let open = |path, query: &str, now| links.open(path, query, time(now));
    let expected = OpenLink { query: query.to_owned(), expires: time(1000) };
    assert_eq!(open(path, &format!("t=5&{query}"), 999), Ok(expected));
    assert_eq!(open(path, query, 1000), Err(LinkRejection::Expired(time(1000))));
    let later = query.replace("expires=1000", "expires=2000");
    for wrong in ["", "t=5", "signature=", later.as_str()] {
        assert_eq!(open(path, wrong, 0), Err(LinkRejection::Broken), "{wrong}");
    }
    assert_eq!(open("/stream/other.mp4", query, 0), Err(LinkRejection::Broken));
}
