//! Where each message of a map is drawn: a row for each step of a path, and a column for each branch.

use std::collections::HashMap;

use parlor_application::ports::MessageNode;
use parlor_domain::ids::MessageId;

/// Between two columns, and between two rows, in the picture's units.
const STEP: u32 = 40;

/// A place in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub column: u32,
    pub row: u32,
}

impl Place {
    pub const fn x(self) -> u32 {
        self.column * STEP + STEP / 2
    }

    pub const fn y(self) -> u32 {
        self.row * STEP + STEP / 2
    }
}

/// Where one message is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub place: Place,
    /// The place of the message before it, if that one is drawn.
    pub from: Option<Place>,
    /// Whether it is on the marked path.
    pub is_on_path: bool,
}

/// A picture of messages.
pub(super) struct Layout {
    /// In the order of the messages.
    pub spots: Vec<Spot>,
    /// The messages that follow each, by their places in that order.
    pub children: Vec<Vec<usize>>,
    /// Those before which none is drawn.
    pub roots: Vec<usize>,
    columns: u32,
    rows: u32,
}

impl Layout {
    /// Of these messages, each after the one that it follows. One whose predecessor is not among them stands at the top.
    pub fn of(nodes: &[MessageNode], leaf: Option<MessageId>) -> Self {
        let indices: HashMap<MessageId, usize> = nodes
            .iter()
            .enumerate()
            .map(|(index, node)| (node.id, index))
            .collect();
        let parent = |node: &MessageNode| node.parent_id.and_then(|id| indices.get(&id)).copied();
        let parents: Vec<Option<usize>> = nodes.iter().map(parent).collect();
        let mut children = vec![Vec::new(); nodes.len()];
        let mut roots = Vec::new();
        for (index, parent) in parents.iter().enumerate() {
            match parent.and_then(|parent| children.get_mut(parent)) {
                Some(children) => children.push(index),
                None => roots.push(index),
            }
        }
        let places = places(&children, &roots);
        let place = |index: usize| places.get(index).copied();
        let marked = marked(&parents, leaf.and_then(|leaf| indices.get(&leaf)).copied());
        let spots: Vec<Spot> = parents
            .iter()
            .enumerate()
            .filter_map(|(index, parent)| {
                Some(Spot {
                    place: place(index)?,
                    from: parent.and_then(place),
                    is_on_path: marked.get(index).copied().unwrap_or_default(),
                })
            })
            .collect();
        let most = |of: fn(&Place) -> u32| places.iter().map(of).max().map_or(0, |most| most + 1);
        Self {
            columns: most(|place| place.column),
            rows: most(|place| place.row),
            spots,
            children,
            roots,
        }
    }

    pub const fn width(&self) -> u32 {
        self.columns * STEP
    }

    pub const fn height(&self) -> u32 {
        self.rows * STEP
    }
}

/// The first that follows a message stands below it, each further one in a column of its own.
fn places(children: &[Vec<usize>], roots: &[usize]) -> Vec<Place> {
    let mut places = vec![Place { column: 0, row: 0 }; children.len()];
    let mut columns = 0;
    let mut waiting: Vec<(usize, u32, Option<u32>)> =
        roots.iter().rev().map(|&root| (root, 0, None)).collect();
    while let Some((index, row, column)) = waiting.pop() {
        let column = column.unwrap_or_else(|| {
            columns += 1;
            columns - 1
        });
        if let Some(place) = places.get_mut(index) {
            *place = Place { column, row };
        }
        let Some(below) = children.get(index) else {
            continue;
        };
        // The first one comes out first.
        for (nth, &child) in below.iter().enumerate().rev() {
            waiting.push((child, row + 1, (nth == 0).then_some(column)));
        }
    }
    places
}

/// Which messages are on the path to this one.
fn marked(parents: &[Option<usize>], leaf: Option<usize>) -> Vec<bool> {
    let mut marked = vec![false; parents.len()];
    let upwards = std::iter::successors(leaf, |&index| parents.get(index).copied().flatten());
    for index in upwards {
        if let Some(marked) = marked.get_mut(index) {
            *marked = true;
        }
    }
    marked
}

#[cfg(test)]
pub(super) mod tests {
    use chrono::DateTime;
    use parlor_domain::message::Role;
    use uuid::Uuid;

    use super::*;

    pub fn id(number: u32) -> MessageId {
        MessageId::from_uuid(Uuid::from_u128(number.into()))
    }

    /// Messages numbered from 1, each with the number of the one that it follows, or 0.
    pub fn nodes(parents: &[u32]) -> Vec<MessageNode> {
        let node = |(index, &parent): (usize, &u32)| {
            let position = u32::try_from(index).unwrap() + 1;
            MessageNode {
                id: id(position),
                parent_id: (parent > 0).then(|| id(parent)),
                role: Role::User,
                author_id: None,
                created_at: DateTime::UNIX_EPOCH,
                preview: String::new(),
                position,
            }
        };
        parents.iter().enumerate().map(node).collect()
    }

    fn drawn(parents: &[u32]) -> Vec<(u32, u32)> {
        let layout = Layout::of(&nodes(parents), None);
        let place = |spot: &Spot| (spot.place.column, spot.place.row);
        layout.spots.iter().map(place).collect()
    }

    #[test]
    fn a_path_is_a_column_and_each_branch_has_one_of_its_own() {
        assert_eq!(drawn(&[0, 1, 2]), [(0, 0), (0, 1), (0, 2)]);
        assert_eq!(
            drawn(&[0, 1, 1, 2, 3]),
            [(0, 0), (0, 1), (1, 1), (0, 2), (1, 2)]
        );
        assert_eq!(drawn(&[0, 1, 0, 3]), [(0, 0), (0, 1), (1, 0), (1, 1)]);
    }

    #[test]
    fn no_two_messages_share_a_place() {
        let parents: Vec<u32> = (0..1000).map(|number| number * 7 / 11).collect();
        let mut places = drawn(&parents);
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 1000);
    }

    #[test]
    fn the_path_to_a_message_is_marked() {
        let layout = Layout::of(&nodes(&[0, 1, 1, 2]), Some(id(4)));
        let marked: Vec<_> = layout.spots.iter().map(|spot| spot.is_on_path).collect();
        assert_eq!(marked, [true, true, false, true]);
    }

    #[test]
    fn what_follows_a_message_of_an_earlier_part_stands_at_the_top() {
        let later = nodes(&[0, 1, 1, 2, 4]).split_off(2);
        let layout = Layout::of(&later, None);
        assert_eq!(layout.roots, [0, 1]);
        assert_eq!(layout.spots[0].from, None);
        assert_eq!((layout.width(), layout.height()), (80, 80));
    }

    #[test]
    fn a_conversation_without_messages_is_an_empty_picture() {
        let layout = Layout::of(&[], None);
        assert_eq!((layout.width(), layout.height()), (0, 0));
    }
}
