//! Bearer tokens. What a request must show before anything is done for it.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use envy_core::Digest;
use serde_json::json;

use crate::fail::Failure;

/// The tokens that a server takes, by their digests: comparing digests tells a guesser nothing by its time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    digests: Vec<Digest>,
}

/// Who asks: a name of the key that was shown, the same after a restart and of no use to a thief.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyHolder(pub(crate) String);

/// Hexadecimal digits of a key's digest in the name of its holder.
const NAME_DIGITS: usize = 16;

impl KeyHolder {
    fn of(digest: &Digest) -> Self {
        Self(digest.as_str()[..NAME_DIGITS].to_owned())
    }

    /// Anyone, where no key is asked for.
    fn anyone() -> Self {
        Self("anyone".to_owned())
    }
}

impl Keys {
    /// The keys that were given.
    ///
    /// # Errors
    /// One is empty.
    pub(crate) fn of(tokens: &[String]) -> Result<Self, Failure> {
        if tokens.iter().any(|token| token.trim().is_empty()) {
            return Err(Failure::usage("a token is empty", "give a long random text, or no --token at all"));
        }
        Ok(Self { digests: tokens.iter().map(|token| Digest::of(token.trim().as_bytes())).collect() })
    }

    /// True if no key is asked for.
    pub(crate) fn is_open(&self) -> bool {
        self.digests.is_empty()
    }

    /// Who shows the key in these headers.
    pub(crate) fn holder(&self, headers: &HeaderMap) -> Option<KeyHolder> {
        let shown = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = shown.split_once(' ')?;
        let digest = Digest::of(token.trim().as_bytes());
        let known = self.digests.iter().find(|known| **known == digest)?;
        scheme.eq_ignore_ascii_case("bearer").then(|| KeyHolder::of(known))
    }

    /// Refuses an address that others can reach while no key is asked for.
    ///
    /// # Errors
    /// The address is not this machine's own and there is no key.
    pub(crate) fn fit(&self, address: IpAddr) -> Result<(), Failure> {
        if address.is_loopback() || !self.is_open() {
            return Ok(());
        }
        Err(Failure::usage(
            format!("{address} can be reached by others, and no token is asked for"),
            "give --token (or ENVY_TOKEN), or --open if the network around it is closed",
        ))
    }
}

/// Lets a request pass that shows a key, or any if none is asked for, and notes whose it is.
pub(crate) async fn ask(State(keys): State<Keys>, mut request: Request, next: Next) -> Response {
    let holder = if keys.is_open() { Some(KeyHolder::anyone()) } else { keys.holder(request.headers()) };
    let Some(holder) = holder else { return refused() };
    request.extensions_mut().insert(holder);
    next.run(request).await
}

/// The answer to a request without a key.
pub(crate) fn refused() -> Response {
    let body = json!({"detail": "a bearer token is needed: Authorization: Bearer TOKEN"});
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], axum::Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())])
    }

    #[test]
    fn a_key_is_found_whatever_its_place_and_a_wrong_one_is_not() {
        let keys = Keys::of(&["first".to_owned(), "second ".to_owned()]).unwrap();
        let second = keys.holder(&shown("Bearer second"));
        assert_eq!(second, Some(KeyHolder::of(&Digest::of(b"second"))));
        assert_ne!(keys.holder(&shown("bearer first")).unwrap(), second.unwrap());
        for wrong in ["Bearer third", "Basic first", "first", "Bearer", ""] {
            assert_eq!(keys.holder(&shown(wrong)), None, "{wrong}");
        }
        assert_eq!(keys.holder(&HeaderMap::new()), None);
        assert!(Keys::of(&[" ".to_owned()]).is_err());
    }

    #[test]
    fn an_address_of_others_needs_a_key() {
        let (open, closed) = (Keys::default(), Keys::of(&["key".to_owned()]).unwrap());
        assert!(open.fit("127.0.0.1".parse().unwrap()).is_ok());
        assert!(open.fit("0.0.0.0".parse().unwrap()).is_err());
        assert!(closed.fit("0.0.0.0".parse().unwrap()).is_ok());
    }
}
