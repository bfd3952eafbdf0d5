//! Opaque cursors: a place in a list, bound to the query that made it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use parlor_application::{
    messages::PathCursor,
    ports::{ActivityCursor, GroupRef, Identity},
    storable::storable_text,
};
use parlor_domain::ids::{AuditEntryId, ConversationId, GroupId, MessageId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::problem::{Code, Problem};

/// The first byte of every cursor; a new layout gets a new one.
const LAYOUT: u8 = 1;
const BINDING: usize = 16;
const LONGEST: usize = 4096;

/// The list and the query that a cursor belongs to, and the user whom it was given.
///
/// What is bound is no secret and needs none: whoever makes a cursor up finds only another place in its own list.
pub(crate) struct CursorScope(Sha256);

/// A place in a list.
pub(crate) trait Place: Sized {
    /// As bytes.
    fn write(&self) -> Vec<u8>;
    /// From bytes; `None` if they are no place.
    fn read(bytes: &[u8]) -> Option<Self>;
}

impl CursorScope {
    /// The list of this name, for this user.
    pub fn new(list: &'static str, identity: Identity) -> Self {
        let mut digest = Sha256::new();
        digest.update(identity.organization_id.as_uuid());
        digest.update(identity.user_id.as_uuid());
        Self(digest).with(list)
    }

    /// One more value that the list depends on.
    pub fn with(mut self, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        self.0.update(value.len().to_be_bytes());
        self.0.update(value);
        self
    }

    /// A value that need not be there.
    pub fn with_option(self, value: Option<impl AsRef<[u8]>>) -> Self {
        match value {
            Some(value) => self.with([1]).with(value),
            None => self.with([0]),
        }
    }

    /// The cursor of a place.
    pub fn seal<P: Place>(&self, place: &P) -> String {
        let place = place.write();
        let mut bytes = vec![LAYOUT];
        bytes.extend(self.binding(&place));
        bytes.extend(place);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place of a cursor, if it was made for this scope and is whole.
    pub fn open<P: Place>(&self, cursor: Option<&str>) -> Result<Option<P>, Problem> {
        let Some(cursor) = cursor else {
            return Ok(None);
        };
        self.place(cursor).map(Some).ok_or_else(|| {
            Problem::new(
                Code::InvalidCursor,
                "The cursor is broken, or was made for another list, query or user",
            )
        })
    }

    fn place<P: Place>(&self, cursor: &str) -> Option<P> {
        if cursor.len() > LONGEST {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (&layout, rest) = bytes.split_first()?;
        let (binding, place) = rest.split_at_checked(BINDING)?;
        let fits = layout == LAYOUT && binding == self.binding(place);
        fits.then(|| P::read(place)).flatten()
    }

    fn binding(&self, place: &[u8]) -> [u8; BINDING] {
        let digest = self.0.clone().chain_update(place).finalize();
        let mut binding = [0; BINDING];
        for (to, from) in binding.iter_mut().zip(digest) {
            *to = from;
        }
        binding
    }
}

fn id(bytes: &[u8]) -> Option<Uuid> {
    Uuid::from_slice(bytes).ok()
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_be_bytes)
}

/// A position in a list that is counted.
impl Place for u32 {
    fn write(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        number(bytes)
    }
}

impl Place for AuditEntryId {
    fn write(&self) -> Vec<u8> {
        self.as_uuid().as_bytes().to_vec()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        id(bytes).map(Self::from_uuid)
    }
}

impl Place for ActivityCursor {
    fn write(&self) -> Vec<u8> {
        let mut bytes = self.id.as_uuid().as_bytes().to_vec();
        bytes.extend(self.last_activity_at.timestamp_micros().to_be_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (conversation, micros) = bytes.split_at_checked(16)?;
        let micros = micros.try_into().ok().map(i64::from_be_bytes)?;
        Self::from_micros(micros, ConversationId::from_uuid(id(conversation)?))
    }
}

impl Place for GroupRef {
    fn write(&self) -> Vec<u8> {
        let mut bytes = self.id.as_uuid().as_bytes().to_vec();
        bytes.extend(self.name.as_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (group, name) = bytes.split_at_checked(16)?;
        Some(Self {
            id: GroupId::from_uuid(id(group)?),
            name: String::from_utf8(name.to_vec())
                .ok()
                .and_then(storable_text)?,
        })
    }
}

impl Place for PathCursor {
    fn write(&self) -> Vec<u8> {
        let mut bytes = self.leaf.as_uuid().as_bytes().to_vec();
        bytes.extend(self.depth.to_be_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (leaf, depth) = bytes.split_at_checked(16)?;
        Some(Self {
            leaf: MessageId::from_uuid(id(leaf)?),
            depth: number(depth)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use axum::response::IntoResponse as _;
    use parlor_domain::ids::{OrganizationId, UserId};

    use super::*;

    const ID: [u8; 16] = [7; 16];

    /// Bytes that a client made up, under the binding that it can compute.
    struct MadeUp(Vec<u8>);

    impl Place for MadeUp {
        fn write(&self) -> Vec<u8> {
            self.0.clone()
        }

        fn read(_: &[u8]) -> Option<Self> {
            None
        }
    }

    fn scope() -> CursorScope {
        let identity = Identity {
            organization_id: OrganizationId::from_uuid(Uuid::from_u128(1)),
            user_id: UserId::from_uuid(Uuid::from_u128(2)),
        };
        CursorScope::new("list", identity)
    }

    fn after_id(rest: &[u8]) -> Vec<u8> {
        [&ID, rest].concat()
    }

    fn assert_invalid<P: Place>(what: &str, places: &[Vec<u8>]) {
        for place in places {
            let cursor = scope().seal(&MadeUp(place.clone()));
            let opened = scope().open::<P>(Some(&cursor));
            let problem = opened.err().unwrap().into_response();
            let expected = Problem::new(Code::InvalidCursor, "").into_response();
            assert_eq!(problem.status(), expected.status(), "{what} {place:?}");
        }
    }

    fn assert_opened<P: Place + Debug + PartialEq>(place: &P) {
        let cursor = scope().seal(place);
        let opened = scope().open::<P>(Some(&cursor)).ok().flatten();
        assert_eq!(opened.as_ref(), Some(place));
    }

    #[test]
    fn a_place_that_no_store_can_hold_is_an_invalid_cursor() {
        let times = [
            -1,
            -288_230_376_151_711_744,
            253_402_300_800_000_000,
            i64::MIN,
            i64::MAX,
        ];
        let mut activities: Vec<_> = times
            .iter()
            .map(|time: &i64| after_id(&time.to_be_bytes()))
            .collect();
        activities.extend([
            Vec::new(),
            ID.to_vec(),
            after_id(&[0; 7]),
            after_id(&[0; 9]),
        ]);
        assert_invalid::<ActivityCursor>("activity", &activities);
        let groups = [
            Vec::new(),
            vec![7; 15],
            after_id(b"\0"),
            after_id(b"Threat\0Hunting"),
            after_id(&[0xff]),
        ];
        assert_invalid::<GroupRef>("group", &groups);
        let paths = [
            Vec::new(),
            ID.to_vec(),
            after_id(&[0; 3]),
            after_id(&[0; 5]),
        ];
        assert_invalid::<PathCursor>("path", &paths);
        assert_invalid::<AuditEntryId>("entry", &[Vec::new(), vec![7; 15], vec![7; 17]]);
        assert_invalid::<u32>("number", &[Vec::new(), vec![0; 3], vec![0; 5]]);
    }

    #[test]
    fn a_place_is_opened_as_it_was_sealed() {
        for micros in [0, 1_790_000_000_000_123, 253_402_300_799_999_999] {
            let id = ConversationId::from_uuid(Uuid::from_bytes(ID));
            assert_opened(&ActivityCursor::from_micros(micros, id).unwrap());
        }
        assert_opened(&GroupRef {
            id: GroupId::from_uuid(Uuid::from_bytes(ID)),
            name: "Jörg".to_owned(),
        });
        assert_opened(&PathCursor {
            leaf: MessageId::from_uuid(Uuid::from_bytes(ID)),
            depth: u32::MAX,
        });
        assert_opened(&AuditEntryId::from_uuid(Uuid::from_bytes(ID)));
        assert_opened(&u32::MAX);
    }
}
