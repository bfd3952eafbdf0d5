//! Both languages say the same: every text is there in each of them, with the same arguments.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser::parse,
};

const ENGLISH: &str = include_str!("../../i18n/en/parlor_adapters_web.ftl");
const KOREAN: &str = include_str!("../../i18n/ko/parlor_adapters_web.ftl");

/// A text's arguments.
#[derive(Default)]
struct Arguments {
    /// Those that stand in it.
    shown: BTreeSet<String>,
    /// Those that choose between its forms: a language may have one form alone.
    chosen_by: BTreeSet<String>,
}

type Texts = BTreeMap<String, Arguments>;

/// Every text's id, with its arguments.
fn texts(source: &str) -> Texts {
    let resource = parse(source).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
    let mut texts = Texts::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else {
            continue;
        };
        let id = message.id.name;
        let value = message.value.unwrap_or_else(|| panic!("{id} says nothing"));
        let mut arguments = Arguments::default();
        arguments.read(&value);
        let earlier = texts.insert(id.to_owned(), arguments);
        assert!(earlier.is_none(), "{id} is there twice");
    }
    texts
}

impl Arguments {
    fn read(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.read_expression(expression);
            }
        }
    }

    fn read_expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(InlineExpression::VariableReference { id }) => {
                self.shown.insert(id.name.to_owned());
            }
            Expression::Inline(InlineExpression::Placeable { expression }) => {
                self.read_expression(expression);
            }
            Expression::Inline(_) => {}
            Expression::Select { selector, variants } => {
                if let InlineExpression::VariableReference { id } = selector {
                    self.chosen_by.insert(id.name.to_owned());
                }
                for variant in variants {
                    self.read(&variant.value);
                }
            }
        }
    }

    fn all(&self) -> BTreeSet<&String> {
        self.shown.union(&self.chosen_by).collect()
    }
}

#[test]
fn both_languages_have_the_same_texts_with_the_same_arguments() {
    let (english, korean) = (texts(ENGLISH), texts(KOREAN));
    let ids = |texts: &Texts| texts.keys().cloned().collect::<BTreeSet<_>>();
    let (all, there) = (ids(&english), ids(&korean));
    let missing: Vec<_> = all.symmetric_difference(&there).collect();
    assert!(missing.is_empty(), "in one language alone: {missing:?}");
    for (id, arguments) in &english {
        assert_eq!(korean[id].shown, arguments.shown, "{id}");
        // The code gives what English takes.
        assert!(korean[id].all().is_subset(&arguments.all()), "{id}");
    }
    assert!(english.len() > 50);
}

#[test]
fn no_text_was_left_in_the_other_language() {
    let is_korean = |c: char| ('가'..='힣').contains(&c);
    assert!(!ENGLISH.chars().any(is_korean));
    let untranslated: Vec<_> = KOREAN
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = ").map(|(_, text)| text))
        .filter(|text| !text.starts_with('{') && !text.chars().any(is_korean))
        .filter(|text| text.chars().any(char::is_alphabetic))
        // Names are names.
        .filter(|text| !["JSON", "Markdown"].contains(text))
        .collect();
    assert!(untranslated.is_empty(), "{untranslated:?}");
}

/// A private conversation has more readers than its owner: a text that says "only" must say so.
#[test]
fn every_text_that_says_who_alone_can_see_a_conversation_names_privileged_access() {
    for (source, only, see, named) in [
        (
            ENGLISH,
            &["Only", "only"][..],
            &[" see", " view"][..],
            "privileged access",
        ),
        (KOREAN, &["만"], &["볼 수 있"], "특별 열람 권한"),
    ] {
        let texts: Vec<_> = source
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .filter(|(_, text)| only.iter().any(|word| text.contains(word)))
            .filter(|(_, text)| see.iter().any(|word| text.contains(word)))
            .filter(|(id, _)| !NOT_ABOUT_PRIVACY.contains(id))
            .collect();
        for (id, text) in &texts {
            assert!(text.contains(named), "{id}: {text}");
        }
        for id in SAY_WHO_CAN_SEE {
            assert!(texts.iter().any(|(said, _)| *said == id), "{id}");
        }
    }
}

const SAY_WHO_CAN_SEE: [&str; 5] = [
    "list-start-private",
    "settings-private-on-hint",
    "share-becomes-private",
    "conversation-made-private-text",
    "conversation-forked-text",
];

/// They say "only" of something else.
const NOT_ABOUT_PRIVACY: [&str; 1] = ["share-collaborate-hint"];

#[test]
fn the_published_names_are_used() {
    for name in [
        "비공개",
        "공유",
        "잠금 아이콘",
        "AI 개인 응답 보기",
        "AI 응답 관리",
    ] {
        assert!(KOREAN.contains(name), "{name}");
    }
}
