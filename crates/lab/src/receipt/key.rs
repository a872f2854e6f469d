//! Keys: the one that signs this machine's receipts, and the public halves that check them.

use std::fmt;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::str::FromStr;

use envy_core::id::hex;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::LabError;

/// The signing key's file, beside the store.
pub const KEY_FILE: &str = "signing.key";

/// Bytes of an Ed25519 key, secret or public.
const KEY_BYTES: usize = 32;

/// The key that signs receipts. It never leaves its file and this process, and cannot be printed.
pub struct SigningKey(Ed25519KeyPair);

/// The public half of a signing key, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; KEY_BYTES]);

impl SigningKey {
    /// The key of this file, which is made if there is none: readable by its owner alone.
    ///
    /// # Errors
    /// The file cannot be made or read, others may read it too, or it holds no key.
    pub fn of(file: &Path) -> Result<Self, LabError> {
        if let Some(key) = Self::find(file)? {
            return Ok(key);
        }
        Self::make(file)?;
        // Of two processes that make one at once the first is right, so that both read what is there.
        Self::find(file)?
            .ok_or_else(|| LabError::usage(format!("{} is gone again", file.display()), "try again"))
    }

    /// The key of this file, if there is one.
    ///
    /// # Errors
    /// The file cannot be read, others may read it too, or it holds no key.
    pub fn find(file: &Path) -> Result<Option<Self>, LabError> {
        let failed = |error: std::io::Error| LabError::file("read", file, &error);
        let text = match std::fs::read_to_string(file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => String::new(),
            other => other.map_err(failed)?,
        };
        let mode = std::fs::metadata(file).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(LabError::usage(
                format!("the signing key {} can be read by others", file.display()),
                format!(
                    "chmod 600 {}; if they may have read it, move it away and a new one is made",
                    file.display()
                ),
            ));
        }
        let pair = bytes(text.trim())
            .and_then(|seed: [u8; KEY_BYTES]| Ed25519KeyPair::from_seed_unchecked(&seed).ok());
        pair.map(|pair| Some(Self(pair))).ok_or_else(|| {
            LabError::usage(
                format!("{} is no signing key of 64 hexadecimal digits", file.display()),
                "put the right file back, or move it away: a new key is made, and older receipts stay those of the old one",
            )
        })
    }

    fn make(file: &Path) -> Result<(), LabError> {
        let failed = |error: std::io::Error| LabError::file("write", file, &error);
        let mut secret = [0; KEY_BYTES];
        SystemRandom::new()
            .fill(&mut secret)
            .map_err(|_| failed(std::io::Error::other("the system has no source of randomness")))?;
        // A temporary file is its owner's alone from the start, and takes its name only if that is free.
        let folder = file.parent().unwrap_or(Path::new("."));
        let mut written = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        writeln!(written, "{}", hex(&secret)).and_then(|()| written.as_file().sync_all()).map_err(failed)?;
        match written.persist_noclobber(file) {
            Err(taken) if taken.error.kind() != std::io::ErrorKind::AlreadyExists => Err(failed(taken.error)),
            _ => Ok(()),
        }
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().try_into().expect("an Ed25519 public key has 32 bytes"))
    }

    /// The signature of `message`, hexadecimal.
    pub(super) fn sign(&self, message: &[u8]) -> String {
        hex(self.0.sign(message).as_ref())
    }
}

impl PublicKey {
    /// No one's key, for a receipt that is not signed yet.
    pub(super) const NOBODY: Self = Self([0; KEY_BYTES]);

    /// Reads a key as a user names it: its 64 digits, or a file that holds them.
    ///
    /// # Errors
    /// It is neither.
    pub fn named(written: &str) -> Result<Self, LabError> {
        let wrong = |what: String| LabError::usage(what, "`envy key` prints the public key of a machine");
        if let Ok(key) = written.parse() {
            return Ok(key);
        }
        let text = std::fs::read_to_string(written).map_err(|_| {
            wrong(format!("\"{written}\" is neither a public key of 64 hexadecimal digits nor a file"))
        })?;
        text.trim()
            .parse()
            .map_err(|()| wrong(format!("the file {written} holds no public key of 64 hexadecimal digits")))
    }

    /// Whether the owner of this key made `signature` of `message`.
    pub(super) fn has_signed(&self, message: &[u8], signature: &str) -> bool {
        bytes::<64>(signature).is_some_and(|signature| {
            UnparsedPublicKey::new(&ED25519, self.0).verify(message, &signature).is_ok()
        })
    }
}

/// Lower-case hexadecimal digits as bytes, if there are exactly so many: every other spelling is another text.
fn bytes<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let read: Option<Vec<u8>> =
        pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    read.filter(|_| rest.is_empty())?.try_into().ok()
}

impl FromStr for PublicKey {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        bytes(text).map(Self).ok_or(())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|()| serde::de::Error::custom("a key has 64 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_found_again() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(KEY_FILE);
        assert!(SigningKey::find(&file).unwrap().is_none());
        let made = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| SigningKey::of(&file).unwrap().public())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(made.iter().all(|key| *key == made[0]), "{made:?}");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1, "no temporary file is left");
        let public = made[0].to_string();
        assert_eq!(PublicKey::named(&public).unwrap(), made[0]);
        let of_file = home.path().join("public");
        std::fs::write(&of_file, format!("{public}\n")).unwrap();
        assert_eq!(PublicKey::named(of_file.to_str().unwrap()).unwrap(), made[0]);
    }

    #[test]
    fn a_key_that_others_may_read_and_a_file_without_one_are_refused_in_a_sentence() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(KEY_FILE);
        SigningKey::of(&file).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = SigningKey::of(&file).err().unwrap();
        assert!(error.to_string().contains("by others") && error.hint().contains("chmod 600"), "{error}");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        for text in ["", "abc", "no key at all", "\u{e9}"] {
            std::fs::write(&file, text).unwrap();
            assert!(SigningKey::of(&file).err().unwrap().to_string().contains("no signing key"), "{text}");
        }
        for named in ["0123", &"g".repeat(64), "/no/such/file"] {
            assert!(PublicKey::named(named).unwrap_err().to_string().contains("64 hexadecimal digits"));
        }
    }
}
