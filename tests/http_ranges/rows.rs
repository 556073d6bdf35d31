//! The table: ranges and preconditions (RFC 9110, sections 13 and 14). It covers the cases of the
//! tests that nginx has for them.

use super::row::Expected::{Failed, NotFound, NotModified, Part, Parts, Unsatisfiable, Whole};
use super::row::{ETAG, MODIFIED, Row, get, range};

const LATER: &str = "Mon, 03 Feb 2020 02:02:02 GMT";
const EARLIER: &str = "Sat, 01 Feb 2020 02:02:02 GMT";
/// The last second that a signed number of 32 bits can express, and later dates.
const DATE_2038: &str = "Tue, 19 Jan 2038 03:14:07 GMT";
const AFTER_2038: &str = "Tue, 19 Jan 2038 03:14:08 GMT";
const DATE_2174: &str = "Fri, 25 Feb 2174 09:42:23 GMT";

const INVALID: &str = "an invalid range may be ignored or refused: section 14.2";
const BEYOND: &str = "a last position beyond the file means its end: section 14.1.2";
const JOINED: &str = "ranges that overlap may be joined: section 15.3.7.2";

/// Returns all rows.
pub fn all() -> Vec<Row> {
    [
        single(),
        invalid(),
        several(),
        limits(),
        empty(),
        methods(),
        if_range(),
        entity_tags(),
        dates(),
        combinations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn single() -> Vec<Row> {
    vec![
        get("no range", &[], Whole),
        range("the first bytes", "bytes=0-8", Part(0..9)),
        range("one byte", "bytes=0-0", Part(0..1)),
        range("the last byte", "bytes=999-999", Part(999..1000)),
        range("the whole file as a range", "bytes=0-999", Part(0..1000)),
        range("everything from the first byte", "bytes=0-", Part(0..1000)),
        range("everything from a position", "bytes=990-", Part(990..1000)),
        range("the last ten bytes", "bytes=-10", Part(990..1000)),
        range("the last byte as a suffix", "bytes=-1", Part(999..1000)),
        range("a suffix as long as the file", "bytes=-1000", Part(0..1000)),
        range("a suffix longer than the file", "bytes=-1001", Part(0..1000)),
        range("a last position beyond the file", "bytes=990-1990", Part(990..1000)),
        range("a last position far beyond the file", "bytes=0-10001", Part(0..1000)),
        range("leading zeros", "bytes=000000-0009", Part(0..10)),
        range("the unit in upper case", "BYTES=0-9", Part(0..10)),
        range("a space before the range", "bytes= 0-9", Part(0..10)),
        range("a query", "bytes=0-9", Part(0..10)).of("film.mp4?start=100"),
        range("a percent-encoded name", "bytes=0-9", Part(0..10)).of("f%69lm.mp4"),
        range("the first position beyond the file", "bytes=1000-", Unsatisfiable),
        range("both positions beyond the file", "bytes=1000-1001", Unsatisfiable),
        range("a position far beyond the file", "bytes=100000-", Unsatisfiable),
        range("an empty suffix", "bytes=-0", Unsatisfiable),
    ]
}

fn invalid() -> Vec<Row> {
    let cases = [
        ("only a hyphen", "bytes=-"),
        ("no hyphen", "bytes=10"),
        ("letters", "bytes=alpha"),
        ("letters after the hyphen", "bytes=10-alpha"),
        ("no comma", "bytes=10-11 12-"),
        ("two hyphens", "bytes=1-2-3"),
        ("a negative position", "bytes=--5"),
        ("a sign", "bytes=+0-9"),
        ("hexadecimal digits", "bytes=0x0-0x9"),
        ("a fraction", "bytes=0.0-9"),
        ("a quoted range", "bytes=\"0-9\""),
        ("a semicolon for a comma", "bytes=0-9;20-29"),
        ("one valid and one invalid range", "bytes=0-9,x"),
    ];
    let refused = cases.map(|(name, value)| range(name, value, Whole).unlike_nginx(416, INVALID));
    let ignored = [
        range("nothing after the unit", "bytes=", Whole),
        range("only spaces", "bytes=  ", Whole),
        range("another unit", "lines=0-9", Whole),
        range("no unit", "0-9", Whole),
        range("a space for the equals sign", "bytes 0-9", Whole),
        range("a space before the equals sign", "bytes =0-9", Whole),
        range("an empty value", "", Whole),
        get("Range on two lines", &[("range", "bytes=0-9"), ("range", "bytes=20-29")], Whole)
            .unlike_nginx(206, "a server may ignore ranges, and these are unclear: section 14.2"),
        // Section 14.1.1: a last position before the first one makes the range invalid.
        range("a last position before the first", "bytes=9-0", Whole).unlike_nginx(416, INVALID),
        range("spaces beside the hyphen", "bytes=0 - 9", Whole)
            .unlike_nginx(206, "a range has no whitespace: section 14.1.1"),
    ];
    refused.into_iter().chain(ignored).collect()
}

fn several() -> Vec<Row> {
    vec![
        range("two ranges", "bytes=0-9,200-209", Parts(vec![0..10, 200..210])),
        range("spaces after commas", "bytes=0-9, 200-209", Parts(vec![0..10, 200..210])),
        range("a tab before a comma", "bytes=0-9\t,200-209", Parts(vec![0..10, 200..210]))
            .unlike_nginx(416, "whitespace includes tabs: section 5.6.3"),
        range("ranges in descending order", "bytes=500-509,0-9", Parts(vec![500..510, 0..10])),
        range("a range and a suffix", "bytes=0-9,-10", Parts(vec![0..10, 990..1000])),
        range(
            "a position, a suffix, a range",
            "bytes=0-9, -10, 10-19",
            Parts(vec![0..20, 990..1000]),
        ),
        range(
            "one of them beyond the file",
            "bytes=0-9, -10, 100000-, 200-209",
            Parts(vec![0..10, 990..1000, 200..210]),
        ),
        range("all but one beyond the file", "bytes=2000-,0-9,3000-", Part(0..10)),
        range("all beyond the file", "bytes=1000-,2000-2001,-0", Unsatisfiable),
        range("the same range twice", "bytes=0-9,0-9", Part(0..10)),
        range("adjacent ranges", "bytes=0-9,10-19", Part(0..20)),
        range("overlapping ranges", "bytes=0-99,50-149", Part(0..150)),
        range("more than the file in all", "bytes=0-10001, 0-0", Part(0..1000))
            .unlike_nginx(200, JOINED),
        range("empty elements", "bytes=,0-9,,200-209,", Parts(vec![0..10, 200..210]))
            .unlike_nginx(416, "empty elements of a list are ignored: section 5.6.1.2"),
    ]
}

fn limits() -> Vec<Row> {
    const SIXTEEN: &str = "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,\
        24-24,26-26,28-28,30-30";
    const SEVENTEEN: &str = "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,\
        24-24,26-26,28-28,30-30,32-32";
    const HUGE: &str = "bytes=0-99999999999999999999999";
    vec![
        range("sixteen ranges", SIXTEEN, Part(0..31)),
        range("seventeen ranges", SEVENTEEN, Unsatisfiable)
            .unlike_nginx(206, "many small ranges may be refused: sections 14.2 and 17.15"),
        range("a last position beyond 64 bits", HUGE, Part(0..1000)).unlike_nginx(416, BEYOND),
        range("a suffix beyond 64 bits", "bytes=-99999999999999999999999", Part(0..1000))
            .unlike_nginx(416, "a suffix longer than the file is the file: section 14.1.2"),
        range("a first position beyond 64 bits", "bytes=99999999999999999999999-", Unsatisfiable),
        range("the largest number of 64 bits", "bytes=0-18446744073709551615", Part(0..1000))
            .unlike_nginx(416, BEYOND),
        range("the largest signed number of 64 bits", "bytes=0-9223372036854775807", Part(0..1000)),
    ]
}

fn empty() -> Vec<Row> {
    const NO_BYTE: &str =
        "a range that begins after the last byte is unsatisfiable: section 14.1.2";
    let of_empty = |row: Row| row.of("empty.mp4");
    vec![
        get("an empty file", &[], Whole),
        range("the first byte of an empty file", "bytes=0-0", Unsatisfiable)
            .unlike_nginx(200, NO_BYTE),
        range("everything of an empty file", "bytes=0-", Unsatisfiable).unlike_nginx(200, NO_BYTE),
        range("the last byte of an empty file", "bytes=-1", Whole),
    ]
    .into_iter()
    .map(of_empty)
    .collect()
}

fn methods() -> Vec<Row> {
    const ONLY_GET: &str = "ranges are defined for GET only: section 14.2";
    vec![
        get("HEAD", &[], Whole).head(),
        range("HEAD with a range", "bytes=0-9", Whole).head().unlike_nginx(206, ONLY_GET),
        range("HEAD with a range beyond the file", "bytes=1000-", Whole)
            .head()
            .unlike_nginx(416, ONLY_GET),
        get("HEAD with the current entity tag", &[("if-none-match", ETAG)], NotModified).head(),
        get("HEAD that requires another entity tag", &[("if-match", "\"a\"")], Failed).head(),
        range("a file that does not exist", "bytes=0-9", NotFound).of("other.mp4"),
    ]
}

fn if_range() -> Vec<Row> {
    let tail = |name, validator, expected| {
        get(name, &[("range", "bytes=0-9"), ("if-range", validator)], expected)
    };
    vec![
        tail("If-Range with the entity tag", ETAG, Part(0..10)),
        tail("If-Range with another entity tag", "\"a\"", Whole),
        tail("If-Range with a weak entity tag", "W/{etag}", Whole),
        tail("If-Range with two entity tags", "{etag}, \"a\"", Whole),
        tail("If-Range with an asterisk", "*", Whole),
        tail("If-Range with no validator", "wrong", Whole),
        tail("If-Range with an empty value", "", Whole),
        tail("If-Range with the date", MODIFIED, Part(0..10)),
        tail("If-Range with a later date", LATER, Whole),
        tail("If-Range with an earlier date", EARLIER, Whole),
        tail("If-Range with the date of RFC 850", "Sunday, 02-Feb-20 02:02:02 GMT", Part(0..10)),
        get(
            "If-Range on two lines",
            &[("range", "bytes=0-9"), ("if-range", ETAG), ("if-range", ETAG)],
            Whole,
        )
        .unlike_nginx(400, "a validator that is unclear is not the current one: section 13.1.5"),
        get("If-Range without a range", &[("if-range", "\"a\"")], Whole),
        get(
            "If-Range of another file and a range beyond it",
            &[("range", "bytes=1000-"), ("if-range", "\"a\"")],
            Whole,
        ),
        get(
            "If-Range of this file and a range beyond it",
            &[("range", "bytes=1000-"), ("if-range", ETAG)],
            Unsatisfiable,
        ),
        get(
            "If-Range and several ranges",
            &[("range", "bytes=0-9,-10"), ("if-range", ETAG)],
            Parts(vec![0..10, 990..1000]),
        ),
    ]
}

fn entity_tags() -> Vec<Row> {
    let none = |name, value, expected| get(name, &[("if-none-match", value)], expected);
    let matching = |name, value, expected| get(name, &[("if-match", value)], expected);
    vec![
        none("If-None-Match with the entity tag", ETAG, NotModified),
        none("If-None-Match with another", "\"a\"", Whole),
        none("If-None-Match with a list", "\"a\", \"b\", {etag} , \"c\"", NotModified),
        none("If-None-Match with a list of others", "\"a\", \"b\"", Whole),
        none("If-None-Match with the weak entity tag", "W/{etag}", NotModified),
        none("If-None-Match with an asterisk", "*", NotModified),
        none("If-None-Match without quotes", "a", Whole),
        none("If-None-Match that is empty", "", Whole),
        matching("If-Match with the entity tag", ETAG, Whole),
        matching("If-Match with another", "\"a\"", Failed),
        matching("If-Match with a list", "\"a\", \"b\", \t{etag} , \"c\"", Whole),
        matching("If-Match with a list of others", "\"a\", \"b\"", Failed),
        matching("If-Match with the weak entity tag", "W/{etag}", Failed),
        matching("If-Match with an asterisk", "*", Whole),
        matching("If-Match of a missing file", "\"a\"", NotFound).of("other.mp4"),
        none("If-None-Match of a missing file", "*", NotFound).of("other.mp4"),
        get(
            "If-None-Match on two lines",
            &[("if-none-match", "\"a\""), ("if-none-match", ETAG)],
            NotModified,
        )
        .unlike_nginx(400, "a list may be on several lines: section 5.3"),
    ]
}

fn dates() -> Vec<Row> {
    const EXACT: &str = "a date after the modification means that it is current: section 13.1.3";
    let since = |name, value, expected| get(name, &[("if-modified-since", value)], expected);
    let unless = |name, value, expected| get(name, &[("if-unmodified-since", value)], expected);
    vec![
        since("If-Modified-Since with the date", MODIFIED, NotModified),
        since("If-Modified-Since with an earlier date", EARLIER, Whole),
        since("If-Modified-Since with a later date", LATER, NotModified).unlike_nginx(200, EXACT),
        since("If-Modified-Since in 2038", DATE_2038, NotModified).unlike_nginx(200, EXACT),
        since("If-Modified-Since after 2038", AFTER_2038, NotModified).unlike_nginx(200, EXACT),
        since("If-Modified-Since in 2174", DATE_2174, NotModified).unlike_nginx(200, EXACT),
        since("If-Modified-Since by RFC 850", "Sunday, 02-Feb-20 02:02:02 GMT", NotModified),
        since("If-Modified-Since by asctime", "Sun Feb  2 02:02:02 2020", NotModified),
        since("If-Modified-Since with no date", "yesterday", Whole),
        since("If-Modified-Since that is empty", "", Whole),
        since("If-Modified-Since with a number", "1580608922", Whole),
        unless("If-Unmodified-Since with the date", MODIFIED, Whole),
        unless("If-Unmodified-Since with a later date", LATER, Whole),
        unless("If-Unmodified-Since with an earlier date", EARLIER, Failed),
        unless("If-Unmodified-Since with no date", "yesterday", Whole)
            .unlike_nginx(412, "an invalid date is ignored: section 13.1.4"),
    ]
}

/// Section 13.2.2 gives the order of the preconditions.
fn combinations() -> Vec<Row> {
    vec![
        get(
            "a precondition comes before a range",
            &[("range", "bytes=0-9"), ("if-none-match", ETAG)],
            NotModified,
        ),
        get(
            "a precondition comes before a range beyond the file",
            &[("range", "bytes=1000-"), ("if-match", "\"a\"")],
            Failed,
        ),
        get(
            "a precondition that holds keeps the range",
            &[("range", "bytes=0-9"), ("if-match", ETAG), ("if-none-match", "\"a\"")],
            Part(0..10),
        ),
        get(
            "If-None-Match replaces If-Modified-Since",
            &[("if-none-match", "\"a\""), ("if-modified-since", MODIFIED)],
            Whole,
        ),
        get(
            "If-Match replaces If-Unmodified-Since",
            &[("if-match", ETAG), ("if-unmodified-since", EARLIER)],
            Whole,
        )
        .unlike_nginx(412, "If-Match replaces the date: section 13.1.4"),
        get(
            "If-Match comes before If-None-Match",
            &[("if-match", "\"a\""), ("if-none-match", ETAG)],
            Failed,
        ),
    ]
}
