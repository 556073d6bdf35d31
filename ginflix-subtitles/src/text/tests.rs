use super::*;

fn text(text: &str) -> Node {
    Node::Text(text.to_owned())
}

fn bold(children: Vec<Node>) -> Node {
    Node::element(Tag::Bold, children)
}

#[test]
fn lines_have_no_white_space_around_and_none_is_empty() {
    for (from, to) in [
        ("", ""),
        (" \n\t\n", ""),
        ("  a b \n\n \t\n c\t\n", "a b\nc"),
        ("a\u{a0}\n\u{3000}b", "a\u{a0}\n\u{3000}b"),
        ("a\0b\r\nc\u{7}\u{85}", "ab\nc"),
    ] {
        assert_eq!(CueText::from(from).plain(), to, "{from:?}");
    }
}

#[test]
fn white_space_is_removed_across_elements() {
    let nodes =
        vec![text(" a "), bold(vec![text("\n")]), text(" \n "), bold(vec![text(" b")]), text("\n")];
    assert_eq!(
        CueText::new(nodes).nodes(),
        [text("a"), bold(vec![text("\n")]), bold(vec![text("b")])]
    );
    // A space between words is kept where it is.
    let nodes = vec![text("a "), bold(vec![text("b ")]), text("c")];
    assert_eq!(CueText::new(nodes.clone()).nodes(), nodes);
    // A line that has a time stamp only is empty.
    let nodes = vec![text("a\n"), Node::Timestamp(5), text("\nb")];
    assert_eq!(CueText::new(nodes).nodes(), [text("a\n"), Node::Timestamp(5), text("b")]);
}

#[test]
fn elements_without_meaning_are_removed() {
    let class = |classes: &[&str], children| {
        let classes = classes.iter().map(|class| (*class).to_owned()).collect();
        Node::Element(Box::new(Element { tag: Tag::Class, classes, children }))
    };
    let nodes = vec![
        text("a"),
        bold(vec![bold(vec![])]),
        class(&["", "a b", "a.b", "<"], vec![text("b")]),
        Node::element(Tag::RubyText, vec![text("c")]),
        Node::element(Tag::Voice(" \n".to_owned()), vec![text("d")]),
        Node::element(Tag::Language("not a tag".to_owned()), vec![text("e")]),
        class(&["yellow", "?"], vec![text("f")]),
        Node::Timestamp(TIME_LIMIT_MS),
    ];
    assert_eq!(
        CueText::new(nodes).nodes(),
        [text("abcde"), class(&["yellow", "?"], vec![text("f")])]
    );
}

#[test]
fn limits_are_kept() {
    let (cut, is_cut) = CueText::cut(vec![text(&"ж".repeat(TEXT_LIMIT_CHARS + 1))]);
    assert!(is_cut && cut.plain().chars().count() == TEXT_LIMIT_CHARS);
    let (whole, is_cut) = CueText::cut(vec![text(&"ж".repeat(TEXT_LIMIT_CHARS))]);
    assert!(!is_cut && whole.plain().chars().count() == TEXT_LIMIT_CHARS);

    let deep = (0..100).fold(text("a"), |inner, _| bold(vec![inner]));
    let deep = CueText::new(vec![deep]);
    assert_eq!((deep.node_count(), deep.plain().as_str()), (DEPTH_LIMIT, "a"));

    let many = CueText::new(vec![bold(vec![text("a")]); 2 * NODES_LIMIT]);
    assert_eq!((many.node_count(), many.plain().len()), (NODES_LIMIT, 2 * NODES_LIMIT));
}

#[test]
fn time_stamps_move_with_the_cue() {
    let mut moved = CueText::new(vec![
        Node::Timestamp(5),
        text("a"),
        bold(vec![Node::Timestamp(9), text("b")]),
    ]);
    moved.shift(-6);
    assert_eq!(moved.nodes(), [text("a"), bold(vec![Node::Timestamp(3), text("b")])]);
}
