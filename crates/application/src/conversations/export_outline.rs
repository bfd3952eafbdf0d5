//! What an export knows of all messages before it reads their texts.

use std::collections::HashMap;

use parlor_domain::ids::MessageId;

use crate::ports::{MessageOutline, Siblings};

/// All messages in the order in which they came, without their texts, with who is whose sibling.
pub(super) struct ExportOutline {
    messages: Vec<MessageOutline>,
    /// Where each message is in `messages`.
    places: HashMap<MessageId, u32>,
    /// The messages as places in `messages`, siblings beside each other, in the order in which they came.
    families: Vec<u32>,
    /// For each message: where its siblings begin in `families`, and how many of them come before it.
    ranks: Vec<(u32, u32)>,
    /// For each beginning in `families`: how many siblings begin there.
    sizes: HashMap<u32, u32>,
}

impl ExportOutline {
    /// How much text is read together (UTF-8), unless one message alone has more.
    const PART_BYTES: u64 = 128 * 1024;
    /// How many messages are read together: what comes beside their text is bounded, too.
    const PART_MESSAGES: usize = 100;

    pub fn new(messages: Vec<MessageOutline>) -> Self {
        let places = messages.iter().zip(0..);
        let places = places.map(|(message, place)| (message.id, place)).collect();
        let mut families: Vec<u32> = (0..).take(messages.len()).collect();
        let parent = |place: &u32| Some(messages.get(*place as usize)?.parent_id);
        // The sort is stable: siblings stay in the order in which they came.
        families.sort_by_key(parent);
        let mut ranks = vec![(0, 0); messages.len()];
        let mut sizes = HashMap::new();
        let mut begin = 0;
        for family in families.chunk_by(|one, other| parent(one) == parent(other)) {
            let mut size = 0;
            for place in family {
                if let Some(rank) = ranks.get_mut(*place as usize) {
                    *rank = (begin, size);
                }
                size += 1;
            }
            sizes.insert(begin, size);
            begin += size;
        }
        Self {
            messages,
            places,
            families,
            ranks,
            sizes,
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
        let (begin, index) = self.ranks.get(place).copied().unwrap_or_default();
        let count = self.sizes.get(&begin).copied().unwrap_or_default();
        Siblings::around(index, count, |first| {
            let from = self.families.iter().skip((begin + first) as usize);
            let ids = from.filter_map(|place| Some(self.messages.get(*place as usize)?.id));
            ids.take((count - first) as usize)
        })
    }

    /// The position of a message.
    pub fn position(&self, id: MessageId) -> Option<u32> {
        let place = self.places.get(&id)?;
        Some(self.messages.get(*place as usize)?.position)
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
    }

    #[test]
    fn parts_are_bounded_in_messages_and_in_bytes_and_cover_everything_once() {
        for (bytes, expected) in [(0, 100), (1_024, 100), (100 * 1_024, 2), (400_000, 1)] {
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
