//! What stands in the cookie of somebody who is signed in.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use parlor_domain::ids::OrganizationId;
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};

use crate::ports::SessionDigest;

/// The secret of a session: 256 random bits, and the organization in which they are looked up. It is made once, handed to the
/// browser, and kept nowhere: a store has its digest. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionSecret {
    organization_id: OrganizationId,
    random: [u8; 32],
}

/// The text is no session's secret in its canonical spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a session's secret")]
pub struct InvalidSessionSecret;

impl SessionSecret {
    /// A new one.
    pub fn generate(organization_id: OrganizationId) -> Self {
        let mut random = [0; 32];
        // The generator of a thread is a cryptographic one with a seed from the operating system.
        rand::rng().fill_bytes(&mut random);
        Self {
            organization_id,
            random,
        }
    }

    /// The tenant.
    pub const fn organization_id(&self) -> OrganizationId {
        self.organization_id
    }

    /// By what a store finds the session.
    pub fn digest(&self) -> SessionDigest {
        SessionDigest::from_bytes(Sha256::digest(self.random).into())
    }

    /// The secret itself, as it stands in the cookie: `<organization>.<43 characters of base64url>`.
    pub fn expose(&self) -> String {
        format!(
            "{}.{}",
            self.organization_id,
            URL_SAFE_NO_PAD.encode(self.random)
        )
    }
}

impl FromStr for SessionSecret {
    type Err = InvalidSessionSecret;

    fn from_str(text: &str) -> Result<Self, InvalidSessionSecret> {
        let (organization_id, random) = text.split_once('.').ok_or(InvalidSessionSecret)?;
        let random = URL_SAFE_NO_PAD
            .decode(random)
            .map_err(|_| InvalidSessionSecret)?;
        Ok(Self {
            organization_id: organization_id.parse().map_err(|_| InvalidSessionSecret)?,
            random: random.try_into().map_err(|_| InvalidSessionSecret)?,
        })
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ACME, GLOBEX};

    #[test]
    fn a_secret_is_read_from_its_own_text() {
        let secret = SessionSecret::generate(ACME);
        let text = secret.expose();
        assert_eq!(text.len(), 36 + 1 + 43);
        let read: SessionSecret = text.parse().unwrap();
        assert_eq!(read, secret);
        assert_eq!(read.organization_id(), ACME);
        assert_eq!(read.digest(), secret.digest());
    }

    #[test]
    fn no_two_secrets_are_the_same_and_neither_are_their_digests() {
        let (one, other) = (SessionSecret::generate(ACME), SessionSecret::generate(ACME));
        assert_ne!(one, other);
        assert_ne!(one.digest(), other.digest());
    }

    #[test]
    fn the_digest_is_the_sha_256_of_the_random_bits_alone() {
        let of = |organization_id| SessionSecret {
            organization_id,
            random: *b"abcdefghijklmnopqrstuvwxyz012345",
        };
        // From `printf abcdefghijklmnopqrstuvwxyz012345 | sha256sum`.
        let digest = [
            0x65, 0x3b, 0xb1, 0x24, 0x5e, 0x82, 0x8f, 0xcd, 0xa4, 0xfa, 0x53, 0xfc, 0xd5, 0xa3,
            0xde, 0xf5, 0xbd, 0x76, 0x54, 0xe6, 0x51, 0xf5, 0x4b, 0x41, 0x32, 0xb7, 0x3d, 0x74,
            0xe6, 0x44, 0x35, 0xc4,
        ];
        for organization_id in [ACME, GLOBEX] {
            assert_eq!(of(organization_id).digest().as_bytes(), &digest);
        }
    }

    #[test]
    fn every_other_spelling_and_every_other_length_is_refused() {
        let text = SessionSecret::generate(ACME).expose();
        let (organization_id, random) = text.split_once('.').unwrap();
        let long = format!("{organization_id}.{random}AA");
        let padded = format!("{text}=");
        let upper = format!("{}.{random}", "ab".repeat(18).to_uppercase());
        let spaced = format!("{text} ");
        // The last character has two bits that nothing reads.
        let unread = format!("{organization_id}.{}B", "A".repeat(42));
        for other in [
            "",
            ".",
            random,
            organization_id,
            &long,
            &padded,
            &upper,
            &spaced,
            &unread,
            text.strip_suffix(|_: char| true).unwrap(),
        ] {
            assert_eq!(
                other.parse::<SessionSecret>(),
                Err(InvalidSessionSecret),
                "{other}"
            );
        }
    }

    #[test]
    fn debug_does_not_show_it() {
        let secret = SessionSecret::generate(ACME);
        assert_eq!(format!("{secret:?}"), "SessionSecret(…)");
    }
}
