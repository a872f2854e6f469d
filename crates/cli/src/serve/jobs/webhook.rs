//! Webhooks: the signed message that a job is over, to addresses that the server's operator allows and no others.
//!
//! A client of the server chooses the address, so a webhook is a way to make the server speak to whatever it can reach.
//! It speaks HTTPS only, follows no redirect, uses no proxy, and looks at every address after the name was resolved,
//! for the very connection that it makes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use envy_core::causes;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client, Url};

use crate::fail::Failure;

/// Tries of one message.
pub(super) const TRIES_MAX: u32 = 5;

/// Pause before the second try; each one after that is four times as long.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// A receiver answers within this time.
const TIMEOUT: Duration = Duration::from_secs(10);

/// No address is longer, bytes.
const URL_BYTES_MAX: usize = 2_048;

/// Shorter secrets can be guessed, bytes.
const SECRET_BYTES_MIN: usize = 16;

/// Where messages may go, and how they are signed.
pub(crate) struct Webhooks {
    key: Option<ring::hmac::Key>,
    gate: Arc<Gate>,
    client: Client,
}

/// Which hosts may be reached.
#[derive(Clone, Debug, Default)]
struct Gate {
    /// If any are named, these hosts and what lies beneath them, and no others.
    hosts: Vec<String>,
    /// Addresses of this machine and of private networks may be reached too.
    private: bool,
}

/// Why a message was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Undelivered {
    /// Another try may help.
    Now(String),
    /// No other try will.
    Ever(String),
}

impl Webhooks {
    /// Webhooks signed with `secret`; without one none are sent. `authority` is a file of certificates that are trusted
    /// beside the system's.
    ///
    /// # Errors
    /// The secret is too short, or the file holds no certificates.
    pub(crate) fn new(
        secret: Option<&str>,
        hosts: &[String],
        private: bool,
        authority: Option<&Path>,
    ) -> Result<Self, Failure> {
        let secret = secret.map(str::trim);
        if secret.is_some_and(|secret| secret.len() < SECRET_BYTES_MIN) {
            return Err(Failure::usage(
                format!("the webhook secret has fewer than {SECRET_BYTES_MIN} bytes"),
                "set ENVY_WEBHOOK_SECRET to a long random text",
            ));
        }
        let hosts = hosts.iter().map(|host| host.trim_end_matches('.').to_ascii_lowercase()).collect();
        let gate = Arc::new(Gate { hosts, private });
        Ok(Self {
            key: secret.map(|secret| ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes())),
            client: client(&gate, authority)?,
            gate,
        })
    }

    /// Looks at an address before a job is taken.
    ///
    /// # Errors
    /// Why no message may go there.
    pub(super) async fn check(&self, written: &str) -> Result<(), String> {
        if self.key.is_none() {
            return Err(
                "this server sends no webhooks: it was started without a secret to sign them".to_owned()
            );
        }
        let url = self.gate.url(written)?;
        if let Some(url::Host::Domain(name)) = url.host() {
            self.gate.resolved(name).await?;
        }
        Ok(())
    }

    /// Sends a signed message once.
    ///
    /// # Errors
    /// Why it was not taken.
    pub(super) async fn send(&self, written: &str, body: String, now_s: i64) -> Result<(), Undelivered> {
        let Some(key) = &self.key else {
            return Err(Undelivered::Ever("the server has no secret to sign with".to_owned()));
        };
        let url = self.gate.url(written).map_err(Undelivered::Ever)?;
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("x-envy-signature", signature(key, now_s, &body))
            .body(body);
        let answer = request.send().await.map_err(|error| Undelivered::Now(causes(&error)))?;
        let status = answer.status();
        if status.is_redirection() {
            return Err(Undelivered::Ever(format!("it answered {status}, and redirects are not followed")));
        }
        if status.is_success() { Ok(()) } else { Err(Undelivered::Now(format!("it answered {status}"))) }
    }
}

/// `t=SECONDS,v1=HEX`: HMAC-SHA256 of `SECONDS.BODY` under the server's secret, so that a receiver can refuse what is old.
fn signature(key: &ring::hmac::Key, now_s: i64, body: &str) -> String {
    let tag = ring::hmac::sign(key, format!("{now_s}.{body}").as_bytes());
    format!("t={now_s},v1={}", envy_core::id::hex(tag.as_ref()))
}

fn client(gate: &Arc<Gate>, authority: Option<&Path>) -> Result<Client, Failure> {
    // Installing it twice is no mistake: the second call only finds the first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .https_only(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIMEOUT)
        .user_agent(concat!("envy/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::clone(gate));
    if let Some(path) = authority {
        let told = |what: String| {
            Failure::usage(format!("{}: {what}", path.display()), "it holds certificates in PEM form")
        };
        let bytes = std::fs::read(path).map_err(|error| told(error.to_string()))?;
        let certificates = Certificate::from_pem_bundle(&bytes).map_err(|error| told(causes(&error)))?;
        if certificates.is_empty() {
            return Err(told("there is no certificate in it".to_owned()));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|error| Failure::short(format!("cannot set up HTTPS: {}", causes(&error)), ""))
}

impl Gate {
    /// Reads an address and checks all that its text can tell.
    fn url(&self, written: &str) -> Result<Url, String> {
        if written.len() > URL_BYTES_MAX {
            return Err(format!("the webhook's address has more than {URL_BYTES_MAX} bytes"));
        }
        let url =
            Url::parse(written).map_err(|error| format!("the webhook's address makes no sense: {error}"))?;
        if url.scheme() != "https" {
            return Err("a webhook's address begins with https://".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a webhook's address holds no user and no password: the signature says who sent it"
                .to_owned());
        }
        let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
        let beneath = |allowed: &String| {
            host == *allowed || host.strip_suffix(allowed.as_str()).is_some_and(|rest| rest.ends_with('.'))
        };
        if !self.hosts.is_empty() && !self.hosts.iter().any(beneath) {
            return Err(format!("{host} is not among the hosts that this server sends webhooks to"));
        }
        match url.host() {
            Some(url::Host::Ipv4(address)) => self.address(IpAddr::V4(address))?,
            Some(url::Host::Ipv6(address)) => self.address(IpAddr::V6(address))?,
            Some(url::Host::Domain(_)) => {}
            None => return Err("the webhook's address names no host".to_owned()),
        }
        Ok(url)
    }

    fn address(&self, address: IpAddr) -> Result<(), String> {
        if self.private || is_public(address) {
            return Ok(());
        }
        Err("the webhook's address is private, or of this machine".to_owned())
    }

    /// The addresses of a name; all of them must be allowed.
    async fn resolved(&self, name: &str) -> Result<Vec<SocketAddr>, String> {
        let found = tokio::net::lookup_host((name, 0)).await;
        let found: Vec<SocketAddr> =
            found.map_err(|_| format!("the webhook's host {name} cannot be resolved"))?.collect();
        found.iter().try_for_each(|address| self.address(address.ip()))?;
        Ok(found)
    }
}

/// For the connection itself: what was checked is what is connected to.
impl Resolve for Gate {
    fn resolve(&self, name: Name) -> Resolving {
        let gate = self.clone();
        Box::pin(async move {
            let found = gate.resolved(name.as_str()).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// True for addresses of the public internet: a private network, this machine, a link, a group or a reserved range is
/// none (the special-purpose registries of RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let reserved = a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !(reserved
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match parts {
        // An IPv4 address in another coat: mapped, translated (RFC 6052), or tunnelled (RFC 3056).
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(v4(high, low))
        }
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        // Teredo and the other protocol assignments, documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        // Nothing but 2000::/3 is given out as public.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for public in ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001:0:1::",
            "2001:db8::1",
            "fec0::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[test]
    fn an_address_is_refused_for_its_text_alone() {
        let open = Gate::default();
        assert!(open.url("https://example.com/hook?x=1").is_ok());
        for (wrong, why) in [
            ("http://example.com/", "https://"),
            ("https://me:pw@example.com/", "no user"),
            ("https://127.0.0.1/", "private"),
            ("https://2130706433/", "private"),
            ("https://0x7f.1/", "private"),
            ("https://[::ffff:10.0.0.1]/", "private"),
            ("no address", "makes no sense"),
        ] {
            let told = open.url(wrong).unwrap_err();
            assert!(told.contains(why), "{wrong}: {told}");
        }
        let listed = Gate { hosts: vec!["example.com".to_owned()], private: true };
        assert!(listed.url("https://hooks.Example.com./").is_ok());
        assert!(listed.url("https://notexample.com/").unwrap_err().contains("not among"));
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_refused_once_it_is_resolved() {
        let told = Gate::default().resolved("localhost").await.unwrap_err();
        assert!(told.contains("private"), "{told}");
        let own = Gate { private: true, ..Gate::default() };
        assert!(!own.resolved("localhost").await.unwrap().is_empty());
    }

    /// RFC 4231, test case 2.
    #[test]
    fn messages_are_signed_with_hmac_sha256() {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"Jefe");
        let tag = ring::hmac::sign(&key, b"what do ya want for nothing?");
        let hex = envy_core::id::hex(tag.as_ref());
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert!(signature(&key, 7, "{}").starts_with("t=7,v1="));
        assert_ne!(signature(&key, 7, "{}"), signature(&key, 8, "{}"));
    }
}
