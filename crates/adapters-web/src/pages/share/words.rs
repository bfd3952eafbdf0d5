//! What saving would change, in words.

use std::collections::{BTreeMap, BTreeSet};

use i18n_embed_fl::fl;
use parlor_application::conversations::SharingPreview;
use parlor_domain::{
    grants::{Grants, Level, Privacy, PrivacyKind},
    ids::GroupId,
};

use crate::i18n::Texts;

/// The names of groups.
pub(super) type Names = BTreeMap<GroupId, String>;

fn name_of(id: GroupId, names: &Names) -> String {
    names.get(&id).cloned().unwrap_or_else(|| id.to_string())
}

/// A level, or that there is none, as the dialog says it.
pub(super) fn level_words(level: Option<Level>, t: Texts) -> String {
    match level {
        None => fl!(t, "share-level-none"),
        Some(Level::View) => fl!(t, "share-level-view"),
        Some(Level::Collaborate) => fl!(t, "share-level-collaborate"),
    }
}

fn organization(privacy: &Privacy) -> Option<Level> {
    privacy.grants().and_then(Grants::organization)
}

fn group(privacy: &Privacy, id: GroupId) -> Option<Level> {
    privacy
        .grants()
        .and_then(|grants| grants.groups().get(&id).copied())
}

/// Every group of these grants, by name.
fn groups_of(all: &[&Privacy], names: &Names) -> Vec<(String, GroupId)> {
    let grants = all.iter().filter_map(|privacy| privacy.grants());
    let ids: BTreeSet<_> = grants
        .flat_map(|grants| grants.groups().keys().copied())
        .collect();
    let mut groups: Vec<_> = ids.into_iter().map(|id| (name_of(id, names), id)).collect();
    groups.sort();
    groups
}

/// Whether it becomes private or shared, whose level changes how, and for how many people what changes.
pub(super) fn consequences(preview: &SharingPreview, names: &Names, t: Texts) -> Vec<String> {
    let SharingPreview { now, wanted, .. } = preview;
    let mut lines = Vec::new();
    match (now.kind(), wanted.kind()) {
        (PrivacyKind::Shared, PrivacyKind::Private) => lines.push(fl!(t, "share-becomes-private")),
        (PrivacyKind::Private, PrivacyKind::Private) => lines.push(fl!(t, "share-stays-private")),
        (PrivacyKind::Private, PrivacyKind::Shared) => lines.push(fl!(t, "share-becomes-shared")),
        (PrivacyKind::Shared, PrivacyKind::Shared) => {}
    }
    let (before, after) = (organization(now), organization(wanted));
    if before != after {
        let (before, after) = (level_words(before, t), level_words(after, t));
        lines.push(fl!(
            t,
            "share-change-organization",
            before = before,
            after = after
        ));
    }
    for (name, id) in groups_of(&[now, wanted], names) {
        let (before, after) = (group(now, id), group(wanted, id));
        if before != after {
            let (before, after) = (level_words(before, t), level_words(after, t));
            lines.push(fl!(
                t,
                "share-change-group",
                group = name,
                before = before,
                after = after
            ));
        }
    }
    lines.extend(people(preview, t));
    lines
}

fn people(preview: &SharingPreview, t: Texts) -> Vec<String> {
    let mut lines = Vec::new();
    let said = |count: u64| (count, t.number(count));
    if preview.gain_view > 0 {
        let (count, number) = said(preview.gain_view);
        lines.push(fl!(t, "share-gain-view", count = count, number = number));
    }
    if preview.gain_collaborate > 0 {
        let (count, number) = said(preview.gain_collaborate);
        lines.push(fl!(
            t,
            "share-gain-collaborate",
            count = count,
            number = number
        ));
    }
    if preview.lose_collaborate > 0 {
        let (count, number) = said(preview.lose_collaborate);
        lines.push(fl!(
            t,
            "share-lose-collaborate",
            count = count,
            number = number
        ));
    }
    if preview.lose > 0 {
        let (count, number) = said(preview.lose);
        lines.push(fl!(t, "share-lose", count = count, number = number));
    }
    if lines.is_empty() {
        lines.push(fl!(t, "share-nobody"));
    }
    let (count, number) = said(preview.after);
    let before = t.number(preview.before);
    lines.push(fl!(
        t,
        "share-reach",
        count = count,
        number = number,
        before = before
    ));
    lines
}

/// One line of the comparison between what one opened, what is there now, and what one has chosen.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Compared {
    pub who: String,
    pub opened: String,
    pub now: String,
    pub yours: String,
    /// Whether somebody else changed it.
    pub differs: bool,
}

/// Three sets of grants beside one another.
pub(super) fn compare(
    opened: &Privacy,
    now: &Privacy,
    yours: &Privacy,
    names: &Names,
    t: Texts,
) -> Vec<Compared> {
    let row = |who: String, level: &dyn Fn(&Privacy) -> Option<Level>| Compared {
        who,
        opened: level_words(level(opened), t),
        now: level_words(level(now), t),
        yours: level_words(level(yours), t),
        differs: level(opened) != level(now),
    };
    let everyone = row(fl!(t, "share-everyone"), &organization);
    let groups = groups_of(&[opened, now, yours], names).into_iter();
    let groups = groups.map(|(name, id)| row(name, &move |privacy| group(privacy, id)));
    std::iter::once(everyone).chain(groups).collect()
}

#[cfg(test)]
mod tests {
    use parlor_domain::conversation::Version;
    use uuid::Uuid;

    use super::*;
    use crate::i18n::Language;

    fn id(number: u128) -> GroupId {
        GroupId::from_uuid(Uuid::from_u128(number))
    }

    fn names() -> Names {
        [
            (id(1), "Hunters".to_owned()),
            (id(2), "Analysts".to_owned()),
        ]
        .into()
    }

    fn granted(organization: Option<Level>, groups: &[(u128, Level)]) -> Privacy {
        let groups = groups.iter().map(|&(number, level)| (id(number), level));
        Privacy::from_grants(organization, groups.collect())
    }

    fn preview(now: Privacy, wanted: Privacy) -> SharingPreview {
        SharingPreview {
            version: Version::FIRST,
            now,
            wanted,
            before: 2,
            after: 1201,
            gain_view: 1199,
            gain_collaborate: 1,
            lose_collaborate: 0,
            lose: 0,
        }
    }

    fn english(now: Privacy, wanted: Privacy) -> Vec<String> {
        consequences(&preview(now, wanted), &names(), Language::English.texts())
    }

    #[test]
    fn every_change_is_said_with_what_it_was_and_for_how_many_people() {
        let now = granted(None, &[(1, Level::View)]);
        let wanted = granted(Some(Level::View), &[(2, Level::Collaborate)]);
        assert_eq!(
            english(now, wanted),
            [
                "Anyone in the organization: no access → can view",
                "Analysts: no access → can collaborate",
                "Hunters: can view → no access",
                "1,199 more people can view it.",
                "One more person can collaborate.",
                "1,201 people will have access (now: 2).",
            ]
        );
    }

    #[test]
    fn that_no_grant_is_left_is_said_to_be_private() {
        let lines = english(granted(Some(Level::View), &[]), Privacy::Private);
        assert!(
            lines[0].starts_with("The conversation becomes private"),
            "{lines:?}"
        );
        let lines = english(Privacy::Private, granted(Some(Level::View), &[]));
        assert_eq!(lines[0], "The conversation is no longer private.");
    }

    #[test]
    fn that_it_changes_for_nobody_is_said_too() {
        let mut nobody = preview(Privacy::Private, granted(None, &[(1, Level::View)]));
        (nobody.gain_view, nobody.gain_collaborate, nobody.after) = (0, 0, 2);
        let lines = consequences(&nobody, &names(), Language::English.texts());
        assert!(
            lines.contains(&"Nobody’s access changes by it.".to_owned()),
            "{lines:?}"
        );
    }

    #[test]
    fn every_line_is_in_korean_too() {
        let mut all = preview(
            granted(Some(Level::View), &[]),
            granted(None, &[(1, Level::View)]),
        );
        (all.lose, all.lose_collaborate) = (3, 4);
        let lines = consequences(&all, &names(), Language::Korean.texts());
        assert_eq!(lines.len(), 7);
        for line in lines {
            assert!(line.contains(|c| ('가'..='힣').contains(&c)), "{line}");
        }
    }

    #[test]
    fn what_somebody_else_changed_is_marked() {
        let opened = granted(Some(Level::View), &[(1, Level::View)]);
        let now = granted(Some(Level::View), &[(1, Level::Collaborate)]);
        let yours = granted(None, &[(1, Level::View), (2, Level::View)]);
        let rows = compare(&opened, &now, &yours, &names(), Language::English.texts());
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.who.as_str(), row.differs))
            .collect();
        assert_eq!(
            told,
            [
                ("Anyone in the organization", false),
                ("Analysts", false),
                ("Hunters", true)
            ]
        );
        assert_eq!(rows[2].now, "can collaborate");
        assert_eq!(rows[0].yours, "no access");
    }
}
