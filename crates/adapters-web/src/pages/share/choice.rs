//! The grants as somebody has put them together in the form.

use std::{collections::BTreeMap, fmt, str::FromStr};

use parlor_application::{
    conversations::WantedGrants,
    ports::{GroupRef, Sharing},
};
use parlor_domain::{
    conversation::Version,
    grants::{Grants, Level, Privacy},
    ids::GroupId,
};
use serde::Deserialize;

use crate::{errors::PageError, extract::Text};

/// The text is none of the form's own values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a value of this form")]
pub(super) struct NotAValue;

/// A group that has been chosen: `<id>:<level>:<name>`. The name stands there to be shown again; grants hold ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChosenGroup {
    pub id: GroupId,
    pub level: Level,
    pub name: String,
}

impl ChosenGroup {
    /// The value of the form's field that gives the group this level.
    pub fn value(&self, level: Level) -> String {
        format!("{}:{level}:{}", self.id, self.name)
    }
}

impl FromStr for ChosenGroup {
    type Err = NotAValue;

    fn from_str(text: &str) -> Result<Self, NotAValue> {
        let (id, rest) = text.split_once(':').ok_or(NotAValue)?;
        let (level, name) = rest.split_once(':').ok_or(NotAValue)?;
        Ok(Self {
            id: id.parse().map_err(|_| NotAValue)?,
            level: level.parse().map_err(|_| NotAValue)?,
            name: name.to_owned(),
        })
    }
}

/// A group that was found: `<id>:<name>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundGroup(pub GroupRef);

impl FromStr for FoundGroup {
    type Err = NotAValue;

    fn from_str(text: &str) -> Result<Self, NotAValue> {
        let (id, name) = text.split_once(':').ok_or(NotAValue)?;
        Ok(Self(GroupRef {
            id: id.parse().map_err(|_| NotAValue)?,
            name: name.to_owned(),
        }))
    }
}

impl fmt::Display for FoundGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0.id, self.0.name)
    }
}

/// Grants as a hidden field keeps them: the organization's level or `-`, and for each group `,<id>:<level>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeptGrants(pub Privacy);

impl FromStr for KeptGrants {
    type Err = NotAValue;

    fn from_str(text: &str) -> Result<Self, NotAValue> {
        let mut parts = text.split(',');
        let organization = match parts.next() {
            Some("-") => None,
            Some(level) => Some(level.parse().map_err(|_| NotAValue)?),
            None => return Err(NotAValue),
        };
        let groups = parts
            .map(|part| {
                let (id, level) = part.split_once(':').ok_or(NotAValue)?;
                let id = id.parse().map_err(|_| NotAValue)?;
                Ok((id, level.parse().map_err(|_| NotAValue)?))
            })
            .collect::<Result<BTreeMap<GroupId, Level>, NotAValue>>()?;
        Ok(Self(Privacy::from_grants(organization, groups)))
    }
}

impl fmt::Display for KeptGrants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grants = self.0.grants();
        let organization = grants.and_then(Grants::organization);
        f.write_str(organization.map_or("-", Level::as_str))?;
        for (id, level) in grants.into_iter().flat_map(Grants::groups) {
            write!(f, ",{id}:{level}")?;
        }
        Ok(())
    }
}

/// A checkbox that is ticked.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Tick {
    On,
}

/// The fields of the form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShareForm {
    /// The version under which the form was opened.
    version: u64,
    /// The grants that it was opened with.
    pub opened: Text<KeptGrants>,
    organization: Option<Tick>,
    collaborate: Option<Tick>,
    #[serde(default)]
    group: Vec<Text<ChosenGroup>>,
    /// What groups are searched for.
    #[serde(default)]
    pub q: String,
    add: Option<Text<FoundGroup>>,
    remove: Option<Text<GroupId>>,
    /// The grants whose consequences stood on the page that was sent.
    reviewed: Option<Text<KeptGrants>>,
    /// A newer version than the form's own, which was shown, and which its sender means to replace.
    confirm: Option<u64>,
}

impl ShareForm {
    pub const fn version(&self) -> Version {
        Version::from_number(self.version)
    }

    /// The version that what is sent is meant for.
    pub fn meant_for(&self) -> Version {
        Version::from_number(self.confirm.unwrap_or(self.version))
    }

    /// Whether the sender has seen what saving this choice changes.
    pub fn has_reviewed(&self, choice: &Choice) -> bool {
        let reviewed = self.reviewed.as_ref();
        reviewed.is_some_and(|Text(KeptGrants(reviewed))| *reviewed == choice.privacy())
    }

    /// What has been chosen, with what the pressed button adds or removes.
    pub fn choice(&self) -> Result<Choice, PageError> {
        let organization = self.organization.map(|Tick::On| match self.collaborate {
            Some(Tick::On) => Level::Collaborate,
            None => Level::View,
        });
        let mut choice = Choice {
            organization,
            groups: BTreeMap::new(),
        };
        for Text(group) in &self.group {
            if choice.groups.insert(group.id, group.clone()).is_some() {
                return Err(PageError::InvalidForm);
            }
        }
        if let Some(Text(FoundGroup(group))) = &self.add {
            let added = ChosenGroup {
                id: group.id,
                level: Level::View,
                name: group.name.clone(),
            };
            choice.groups.entry(group.id).or_insert(added);
        }
        if let Some(Text(id)) = self.remove {
            choice.groups.remove(&id);
        }
        Ok(choice)
    }
}

/// The grants as they have been put together, with the groups' names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub organization: Option<Level>,
    groups: BTreeMap<GroupId, ChosenGroup>,
}

impl Choice {
    /// What is granted already.
    pub fn of(sharing: &Sharing) -> Self {
        let grants = sharing.privacy.grants();
        let groups = grants.into_iter().flat_map(Grants::groups);
        let chosen = groups.map(|(&id, &level)| {
            let found = sharing.groups.iter().find(|group| group.id == id);
            let name = found.map_or_else(|| id.to_string(), |group| group.name.clone());
            (id, ChosenGroup { id, level, name })
        });
        Self {
            organization: grants.and_then(Grants::organization),
            groups: chosen.collect(),
        }
    }

    /// What a use case takes.
    pub fn wanted(&self) -> WantedGrants {
        let groups = self.groups.values().map(|group| (group.id, group.level));
        WantedGrants {
            organization: self.organization,
            groups: groups.collect(),
        }
    }

    /// What it amounts to.
    pub fn privacy(&self) -> Privacy {
        let WantedGrants {
            organization,
            groups,
        } = self.wanted();
        Privacy::from_grants(organization, groups)
    }

    /// Whether it has this group.
    pub fn has(&self, id: GroupId) -> bool {
        self.groups.contains_key(&id)
    }

    /// Takes groups out; answers their names.
    pub fn take(&mut self, ids: &[GroupId]) -> Vec<String> {
        let taken = ids.iter().filter_map(|id| self.groups.remove(id));
        taken.map(|group| group.name).collect()
    }

    /// The groups by name.
    pub fn groups(&self) -> Vec<ChosenGroup> {
        let mut groups: Vec<_> = self.groups.values().cloned().collect();
        groups.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HUNTERS: &str = "0190a2b4-0000-7cc0-98c4-dc0c0c070001";
    const RESPONDERS: &str = "0190a2b4-0000-7cc0-98c4-dc0c0c070002";

    fn read(fields: &str) -> Result<ShareForm, serde_html_form::de::Error> {
        serde_html_form::from_str(&format!("version=3&opened=-&{fields}"))
    }

    fn choice(fields: &str) -> Choice {
        read(fields).unwrap().choice().unwrap()
    }

    #[test]
    fn what_is_ticked_and_chosen_is_granted() {
        assert_eq!(choice("").privacy(), Privacy::Private);
        assert_eq!(choice("organization=on").organization, Some(Level::View));
        let both = choice("organization=on&collaborate=on");
        assert_eq!(both.organization, Some(Level::Collaborate));
        let groups = choice(&format!(
            "group={RESPONDERS}:view:B%3A+b&group={HUNTERS}:collaborate:A&q="
        ));
        let names: Vec<_> = groups
            .groups()
            .into_iter()
            .map(|group| group.name)
            .collect();
        assert_eq!(names, ["A", "B: b"]);
        assert_eq!(groups.wanted().groups.len(), 2);
    }

    #[test]
    fn collaboration_of_the_organization_needs_its_viewing() {
        assert_eq!(choice("collaborate=on").privacy(), Privacy::Private);
    }

    #[test]
    fn a_button_adds_a_group_for_viewing_and_removes_one() {
        let added = choice(&format!("add={HUNTERS}:A"));
        assert_eq!(added.groups()[0].level, Level::View);
        let there = format!("group={HUNTERS}:collaborate:A");
        let again = choice(&format!("{there}&add={HUNTERS}:A"));
        assert_eq!(again.groups()[0].level, Level::Collaborate);
        assert_eq!(
            choice(&format!("{there}&remove={HUNTERS}")).privacy(),
            Privacy::Private
        );
    }

    #[test]
    fn a_group_that_is_there_twice_is_refused() {
        let twice = format!("group={HUNTERS}:view:A&group={HUNTERS}:collaborate:A");
        assert!(read(&twice).unwrap().choice().is_err());
    }

    #[test]
    fn grants_are_kept_in_one_spelling() {
        for text in [
            "-".to_owned(),
            "view".to_owned(),
            format!("-,{HUNTERS}:view"),
            format!("collaborate,{HUNTERS}:view,{RESPONDERS}:collaborate"),
        ] {
            assert_eq!(text.parse::<KeptGrants>().unwrap().to_string(), text);
        }
        for text in ["", "all", "-,", "-,x:view", &format!("-,{HUNTERS}:manage")] {
            assert!(text.parse::<KeptGrants>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_what_was_reviewed_is_reviewed() {
        let form = read("organization=on&reviewed=view").unwrap();
        assert!(form.has_reviewed(&form.choice().unwrap()));
        for fields in [
            "organization=on",
            "organization=on&reviewed=-",
            "reviewed=view",
        ] {
            let form = read(fields).unwrap();
            assert!(!form.has_reviewed(&form.choice().unwrap()), "{fields}");
        }
    }

    #[test]
    fn what_is_no_field_of_the_form_is_refused() {
        for fields in [
            "bypass=1",
            "organization=view",
            "confirm=x",
            "remove=A",
            "add=A",
            "group=A",
        ] {
            assert!(read(fields).is_err(), "{fields}");
        }
    }
}
