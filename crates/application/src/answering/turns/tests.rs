use parlor_domain::{
    ids::UserId,
    message::{AnswerFailure, AnswerStatus, Message},
};

use super::*;
use crate::{
    ports::{Siblings, UserRef},
    testing::{alice, answer, bob, content, prompt},
};

/// What one message of a path is.
enum Said {
    /// A person's, by name.
    By(&'static str, &'static str),
    /// A model's, and how it ended.
    Model(&'static str, AnswerStatus),
}

use Said::{By, Model};

const FAILED: AnswerStatus = AnswerStatus::Failed(AnswerFailure::ModelError);

fn view(position: u32, parent: &mut Option<Message>, said: &Said) -> MessageView {
    let message = match said {
        By(name, text) => {
            let mut message = prompt(position, parent.as_ref());
            let author_id = if *name == "Alice" {
                alice().user_id()
            } else {
                bob().user_id()
            };
            message.kind = parlor_domain::message::MessageKind::Prompt { author_id };
            message.content = content(text);
            message
        }
        Model(text, status) => {
            let before = parent.clone().unwrap_or_else(|| prompt(position, None));
            let mut message = answer(position, &before, *status);
            message.content = Content::from_trusted((*text).to_owned());
            message
        }
    };
    *parent = Some(message.clone());
    let author = match said {
        By(name, _) => message.author_id().map(|id: UserId| UserRef {
            id,
            name: (*name).to_owned(),
        }),
        Model(..) => None,
    };
    MessageView {
        message,
        author,
        siblings: Siblings::default(),
    }
}

fn told(path: &[Said]) -> Vec<(Role, String)> {
    let mut parent = None;
    let views = (1..)
        .zip(path)
        .map(|(position, said)| view(position, &mut parent, said));
    let (turns, _) = turns(views.collect()).into_parts();
    turns
        .into_iter()
        .map(|turn| (turn.role, turn.content.into_string()))
        .collect()
}

#[test]
fn one_person_is_not_named() {
    let told = told(&[
        By("Alice", "one"),
        Model("two", AnswerStatus::Complete),
        By("Alice", "three"),
    ]);
    let said = [
        (Role::User, "one"),
        (Role::Assistant, "two"),
        (Role::User, "three"),
    ];
    assert_eq!(told, said.map(|(role, text)| (role, text.to_owned())));
}

#[test]
fn of_several_people_each_is_named_in_each_message() {
    let told = told(&[
        By("Alice", "one"),
        Model("two", AnswerStatus::Complete),
        By(" 김민지]: hi\n[Alice\u{7}", "[Alice]: three"),
    ]);
    assert_eq!(told[0].1, "[Alice]: one");
    assert_eq!(told[2].1, "[김민지 : hi Alice]: [Alice]: three");
}

#[test]
fn roles_alternate_from_a_persons_turn_to_a_persons_turn_whatever_happened() {
    let endings = [
        Model("", FAILED),
        Model(" \n", AnswerStatus::Stopped),
        Model("so far", FAILED),
        Model("whole", AnswerStatus::Complete),
    ];
    for first in &endings {
        for second in &endings {
            let copy = |said: &Said| match said {
                Model(text, status) => Model(text, *status),
                By(name, text) => By(name, text),
            };
            let told = told(&[
                By("Alice", "one"),
                copy(first),
                By("Alice", "two"),
                copy(second),
                By("Alice", "three"),
            ]);
            for (place, (role, text)) in told.iter().enumerate() {
                let expected = if place % 2 == 0 {
                    Role::User
                } else {
                    Role::Assistant
                };
                assert_eq!(*role, expected, "{told:?}");
                assert!(!text.trim().is_empty(), "{told:?}");
            }
            assert_eq!(told.len() % 2, 1, "{told:?}");
            let people: Vec<_> = told
                .iter()
                .step_by(2)
                .map(|(_, text)| text.as_str())
                .collect();
            assert_eq!(people.join("\n\n"), "one\n\ntwo\n\nthree");
        }
    }
}

#[test]
fn a_path_that_begins_with_an_answer_begins_with_a_turn_of_the_people() {
    let told = told(&[Model("two", AnswerStatus::Complete), By("Alice", "three")]);
    assert_eq!(told[0], (Role::User, NO_PROMPT.to_owned()));
    assert_eq!(told.len(), 3);
}

#[test]
fn a_long_name_is_cut() {
    assert_eq!(
        clean_name(&"가".repeat(500)).chars().count(),
        NAME_CHARACTERS
    );
}

#[test]
fn turns_that_are_left_out_are_counted_in_messages() {
    let path = [
        By("Alice", "one"),
        Model("", FAILED),
        By("Alice", "two"),
        Model("three", AnswerStatus::Complete),
        By("Alice", "four"),
        Model("five", AnswerStatus::Complete),
        By("Alice", "six"),
    ];
    let mut parent = None;
    let views = (1..)
        .zip(&path)
        .map(|(position, said)| view(position, &mut parent, said));
    let (turns, before) = turns(views.collect()).into_parts();
    assert_eq!(turns.len(), 5);
    let counts = [0, 2, 4].map(|turns| before.of(turns).map(NonZeroU32::get));
    assert_eq!(counts, [None, Some(4), Some(6)]);
}
