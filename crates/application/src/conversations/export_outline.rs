//! What an export knows of all messages before it reads their texts.

use parlor_domain::ids::MessageId;

use crate::ports::{MessageOutline, Siblings};

/// All messages in the order in which they came, without their texts, with who is whose sibling.
pub(super) struct ExportOutline {
    messages: Vec<MessageOutline>,
    /// The messages as places in `messages`, in the order of their ids.
    by_id: Vec<u32>,
    /// The messages as places in `messages`, siblings beside each other, in the order in which they came.
    families: Vec<u32>,
    ranks: Vec<Rank>,
}

/// Where a message is among its siblings.
#[derive(Clone, Copy, Default)]
struct Rank {
    /// Where its siblings begin in `families`.
    begin: u32,
    /// How many of them come before it.
    index: u32,
    /// How many there are.
    count: u32,
}

impl ExportOutline {
    /// How much text is read together (UTF-8), unless one message alone has more.
    const PART_BYTES: u64 = 64 * 1024;
    /// How many messages are read together: what comes beside their text is bounded, too.
    const PART_MESSAGES: usize = 50;

    pub fn new(messages: Vec<MessageOutline>) -> Self {
        let places = || (0..).take(messages.len());
        let find = |place: u32| messages.get(place as usize);
        let mut by_id: Vec<u32> = places().collect();
        by_id.sort_unstable_by_key(|place| find(*place).map(|message| message.id));
        let mut families: Vec<u32> = places().collect();
        let parent = |place: &u32| Some(find(*place)?.parent_id);
        // The sort is stable: siblings stay in the order in which they came.
        families.sort_by_key(parent);
        let mut ranks = vec![Rank::default(); messages.len()];
        let mut begin = 0;
        for family in families.chunk_by(|one, other| parent(one) == parent(other)) {
            let count = u32::try_from(family.len()).unwrap_or(u32::MAX);
            for (place, index) in family.iter().zip(0..) {
                if let Some(rank) = ranks.get_mut(*place as usize) {
                    *rank = Rank {
                        begin,
                        index,
                        count,
                    };
                }
            }
            begin += count;
        }
        Self {
            messages,
            by_id,
            families,
            ranks,
        }
    }

    pub const fn len(&self) -> usize {
        self.messages.len()
    }

    /// The messages to read next, from this place on.
    pub fn part(&self, from: usize) -> &[MessageOutline] {
        let rest = self.messages.get(from..).unwrap_or_default();
        let mut bytes = 0;
        let fits = rest.iter().take(Self::PART_MESSAGES).take_while(|message| {
            let has_room = bytes < Self::PART_BYTES;
            bytes += u64::from(message.bytes);
            has_room
        });
        let length = fits.count();
        rest.get(..length).unwrap_or_default()
    }

    /// The siblings of the message in this place.
    pub fn siblings(&self, place: usize) -> Siblings {
        let rank = self.ranks.get(place).copied().unwrap_or_default();
        let Rank {
            begin,
            index,
            count,
        } = rank;
        Siblings::around(index, count, |first| {
            let from = self.families.iter().skip((begin + first) as usize);
            let ids = from.filter_map(|place| Some(self.messages.get(*place as usize)?.id));
            ids.take((count - first) as usize)
        })
    }

    /// The position of a message.
    pub fn position(&self, id: MessageId) -> Option<u32> {
        let found = |place: &u32| self.messages.get(*place as usize);
        let search = self
            .by_id
            .binary_search_by_key(&Some(id), |place| found(place).map(|it| it.id));
        Some(found(self.by_id.get(search.ok()?)?)?.position)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(number: u32) -> MessageId {
        MessageId::from_uuid(Uuid::from_u128(number.into()))
    }

    fn outline(parents: &[Option<u32>], bytes: u32) -> ExportOutline {
        let messages = parents
            .iter()
            .zip(1..)
            .map(|(parent, number)| MessageOutline {
                id: id(number),
                parent_id: parent.map(id),
                position: number,
                bytes,
            });
        ExportOutline::new(messages.collect())
    }

    #[test]
    fn every_message_has_the_siblings_that_follow_the_same_message_as_it_does() {
        // 1 and 5 are first; 2, 3 and 6 follow 1; 4 follows 2.
        let outline = outline(&[None, Some(1), Some(1), Some(2), None, Some(1)], 1);
        for (place, siblings, index) in [
            (0, vec![1, 5], 0),
            (1, vec![2, 3, 6], 0),
            (2, vec![2, 3, 6], 1),
            (3, vec![4], 0),
            (4, vec![1, 5], 1),
            (5, vec![2, 3, 6], 2),
        ] {
            let expected = Siblings {
                count: u32::try_from(siblings.len()).unwrap(),
                ids: siblings.into_iter().map(id).collect(),
                index,
            };
            assert_eq!(outline.siblings(place), expected, "{place}");
        }
        for number in 1..=6 {
            assert_eq!(outline.position(id(number)), Some(number));
        }
        for number in [0, 7] {
            assert_eq!(outline.position(id(number)), None);
        }
    }

    #[test]
    fn parts_are_bounded_in_messages_and_in_bytes_and_cover_everything_once() {
        for (bytes, expected) in [(0, 50), (1_024, 50), (50 * 1_024, 2), (400_000, 1)] {
            let outline = outline(&[None; 1_000], bytes);
            let mut read = 0;
            while read < outline.len() {
                let part = outline.part(read);
                assert_eq!(part.len(), expected.min(1_000 - read), "{bytes}");
                assert_eq!(part[0].position as usize, read + 1);
                read += part.len();
            }
            assert!(outline.part(read).is_empty());
        }
    }
}
