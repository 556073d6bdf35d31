//! Header fields of a request, as hyper or as the event loops store them.

use http::header::{HeaderMap, HeaderName, HeaderValue};

/// Access to header fields (RFC 9110, section 5).
pub trait HeaderFields {
    /// Returns the values of all field lines with this name, in order.
    fn lines(&self, name: &HeaderName) -> impl Iterator<Item = &[u8]>;

    /// Returns whether there is a field line with this name.
    fn contains(&self, name: &HeaderName) -> bool {
        self.lines(name).next().is_some()
    }

    /// Returns the value of the field line with this name, if there is exactly one.
    fn single<'a>(&'a self, name: &HeaderName) -> Option<&'a [u8]> {
        let mut lines = self.lines(name);
        let line = lines.next()?;
        lines.next().is_none().then_some(line)
    }
}

impl HeaderFields for HeaderMap {
    fn lines(&self, name: &HeaderName) -> impl Iterator<Item = &[u8]> {
        self.get_all(name).iter().map(HeaderValue::as_bytes)
    }
}

/// Searches the list as it was parsed: a request has few fields, so this costs less than building a
/// map.
impl HeaderFields for [httparse::Header<'_>] {
    fn lines(&self, name: &HeaderName) -> impl Iterator<Item = &[u8]> {
        self.iter()
            .filter(|field| field.name.eq_ignore_ascii_case(name.as_str()))
            .map(|field| field.value)
    }
}

#[cfg(test)]
mod tests {
    use http::header::{HOST, RANGE};

    use super::*;

    #[test]
    fn a_map_and_a_list_give_the_same_results() {
        let fields = [("Range", "a"), ("host", "b"), ("RANGE", "c")];
        let list = fields.map(|(name, value)| httparse::Header { name, value: value.as_bytes() });
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_static(value),
            );
        }
        fn check<F: HeaderFields + ?Sized>(fields: &F) {
            assert_eq!(fields.lines(&RANGE).collect::<Vec<_>>(), [b"a", b"c"]);
            assert_eq!((fields.single(&RANGE), fields.single(&HOST)), (None, Some(&b"b"[..])));
            assert!(fields.contains(&RANGE) && !fields.contains(&http::header::IF_RANGE));
        }
        check(&map);
        check(&list[..]);
    }
}
