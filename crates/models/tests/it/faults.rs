//! A server that fails: what passes is tried again, what does not is said, and nothing hangs.

use std::path::Path;
use std::time::{Duration, Instant};

use envy_core::ModelError;
use envy_models::{Provider, ProviderConfig};

use crate::contract::{config, converse};
use crate::script::DIALECTS;
use crate::server::{Fault, Server};

#[tokio::test]
async fn what_passes_is_tried_again_in_every_dialect() {
    let passing = [
        Fault::Status(429, Some("0.01")),
        Fault::Status(500, None),
        Fault::Status(529, None),
        Fault::Garbage,
        Fault::Reset,
        Fault::Reported,
        Fault::WrongType,
    ];
    for (dialect, written) in DIALECTS {
        for stream in [false, true] {
            for faults in passing.chunks(3) {
                let server = Server::start(dialect, faults).await;
                let replies = converse(written, &config(&server, stream), 1).await;
                let replies = replies.unwrap_or_else(|error| panic!("{dialect} {faults:?}: {error}"));
                let sent = faults.len() + 1;
                assert_eq!(
                    (replies[0].text.as_str(), server.seen().len()),
                    ("Looking.", sent),
                    "{dialect} {faults:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_fault_that_stays_is_given_up_within_the_bound() {
    let server = Server::start("openai-chat", &[Fault::Status(500, None); 9]).await;
    let error = converse("org/model-high", &config(&server, false), 1).await.unwrap_err();
    assert!(matches!(&error, ModelError::Service(text) if text.contains("tried 4 times")), "{error}");
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn what_cannot_pass_is_not_tried_again() {
    for (fault, sign) in
        [(Fault::Status(401, None), "401"), (Fault::Status(404, None), "404"), (Fault::Html, "html")]
    {
        let server = Server::start("openai-chat", &[fault; 4]).await;
        let error = converse("org/model-high", &config(&server, false), 1).await.unwrap_err();
        assert!(matches!(&error, ModelError::Unusable(text) if text.contains(sign)), "{error}");
        assert!(error.to_string().contains("; check "), "{error}");
        assert_eq!(server.seen().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn the_wait_that_a_server_asks_for_is_kept() {
    let server = Server::start("anthropic", &[Fault::Status(429, Some("0.3"))]).await;
    let mut patient = config(&server, false);
    patient.patience.wait_max = Duration::from_secs(5);
    let start = Instant::now();
    converse("anthropic/claude-test", &patient, 1).await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(300), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_full_context_is_an_end_and_not_a_fault() {
    for (dialect, written) in DIALECTS {
        let server = Server::start(dialect, &[Fault::TooLong]).await;
        let error = converse(written, &config(&server, false), 1).await.unwrap_err();
        assert!(matches!(error, ModelError::ContextFull(_)), "{dialect}: {error}");
    }
}

#[tokio::test]
async fn an_endless_stream_ends_and_a_large_reply_arrives() {
    for (dialect, written) in DIALECTS {
        let server = Server::start(dialect, &[Fault::Endless]).await;
        let mut impatient = config(&server, true);
        impatient.timeouts.whole = Duration::from_millis(400);
        let start = Instant::now();
        let replies = converse(written, &impatient, 1).await.unwrap();
        assert_eq!((replies[0].text.as_str(), server.seen().len()), ("Looking.", 2), "{dialect}");
        assert!(start.elapsed().as_secs() < 30);
        let server = Server::start(dialect, &[Fault::Huge]).await;
        let replies = converse(written, &config(&server, false), 1).await.unwrap();
        assert_eq!(replies[0].text.len(), 10 << 20, "{dialect}");
    }
}

#[tokio::test]
async fn an_unreachable_server_and_a_bad_address_are_said() {
    let unreachable = |base: &str| ProviderConfig {
        base_url: Some(base.to_owned()),
        patience: envy_models::Patience { tries_max: 1, ..envy_models::Patience::standard() },
        ..ProviderConfig::standard()
    };
    let error = converse("m", &unreachable("http://127.0.0.1:9/v1"), 1).await.unwrap_err().to_string();
    assert!(error.contains("refused"), "{error}");
    let error = converse("m", &unreachable("127.0.0.1:9"), 1).await.unwrap_err().to_string();
    assert!(error.contains("does not start with http"), "{error}");
}

#[test]
fn an_unknown_provider_is_named() {
    let error = Provider::open("mistral/large", &ProviderConfig::standard(), Path::new("/nonexistent"))
        .err()
        .unwrap();
    assert!(error.to_string().contains("no provider \"mistral\""), "{error}");
}
