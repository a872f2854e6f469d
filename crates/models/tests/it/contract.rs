//! What every dialect must do, streamed or not.

use std::path::Path;
use std::time::Duration;

use envy_core::{
    Brief, ChatRequest, EpisodeSpec, Message, Model, ModelError, Observation, Opening, Reply, Seed,
    ToolSchema,
};
use envy_models::{Patience, Provider, ProviderConfig, Timeouts};
use serde_json::{Value, json};

use crate::script::{CODE, DIALECTS};
use crate::server::{Fault, Seen, Server};

/// A configuration whose waits a test can sit out.
pub(crate) fn config(server: &Server, stream: bool) -> ProviderConfig {
    let timeouts = Timeouts {
        connect: Duration::from_secs(2),
        idle: Duration::from_millis(700),
        whole: Duration::from_secs(3),
    };
    let patience =
        Patience { tries_max: 4, wait_first: Duration::from_millis(1), wait_max: Duration::from_millis(50) };
    ProviderConfig {
        base_url: Some(server.base_url.clone()),
        stream,
        timeouts,
        patience,
        ..ProviderConfig::standard()
    }
}

/// Plays a conversation of `turns` turns and returns the replies.
pub(crate) async fn converse(
    written: &str,
    config: &ProviderConfig,
    turns: usize,
) -> Result<Vec<Reply>, ModelError> {
    let provider = Provider::open(written, config, Path::new("/nonexistent"))?;
    assert_eq!(provider.name(), written);
    converse_with(&provider, turns).await
}

/// The same with a provider that others may use meanwhile.
async fn converse_with(provider: &Provider, turns: usize) -> Result<Vec<Reply>, ModelError> {
    let mut episode = EpisodeSpec::new(provider.name());
    episode.sampling.temperature = Some(0.5);
    let brief = Brief {
        environment: "none".to_owned(),
        title: String::new(),
        files: Vec::new(),
        collect: Vec::new(),
        facts: std::collections::BTreeMap::new(),
    };
    let opening = Opening { brief: &brief, episode: &episode, seed: Seed::named("test") };
    let mut chat = provider.open(&opening)?;
    let tools = [ToolSchema {
        name: "run".to_owned(),
        description: "Runs code.".to_owned(),
        parameters: json!({ "type": "object", "properties": { "code": { "type": "string" } }, "required": ["code"] }),
    }];
    let mut messages =
        vec![Message::System { text: "Be brief.".to_owned() }, Message::User { text: "Begin.".to_owned() }];
    let mut replies = Vec::new();
    for _ in 0..turns {
        let request = ChatRequest { messages: &messages, tools: &tools, tokens_max: 3_000 };
        let reply = chat.reply(request).await?;
        let observations = reply.calls.iter().enumerate();
        let observations = observations.map(|(place, call)| Observation {
            call: call.id.clone(),
            text: format!("seen {place}"),
            is_error: place == 1,
        });
        let observations = observations.collect();
        messages.push(Message::Assistant(reply.clone()));
        messages.push(Message::Tools { observations });
        replies.push(reply);
    }
    Ok(replies)
}

#[tokio::test]
async fn every_dialect_carries_calls_reasoning_usage_and_an_unchanged_prefix() {
    for (dialect, written) in DIALECTS {
        let mut whole = Vec::new();
        for stream in [false, true] {
            let server = Server::start(dialect, &[]).await;
            let replies = converse(written, &config(&server, stream), 2).await.unwrap();
            check_first(dialect, &replies[0]);
            assert_eq!((replies[1].text.as_str(), replies[1].calls.len()), ("Done.", 0), "{dialect}");
            let seen = server.seen();
            check_requests(dialect, &seen);
            whole.push(replies);
        }
        assert_eq!(whole[0], whole[1], "{dialect}: a streamed reply differs from a whole one");
    }
}

fn check_first(dialect: &str, reply: &Reply) {
    assert_eq!(reply.text, "Looking.", "{dialect}");
    let calls: Vec<(&str, &Value)> =
        reply.calls.iter().map(|call| (call.name.as_str(), &call.arguments)).collect();
    assert_eq!(
        calls,
        [("list_files", &json!({ "path": "." })), ("run", &json!({ "code": CODE }))],
        "{dialect}"
    );
    assert_ne!(reply.calls[0].id, reply.calls[1].id, "{dialect}");
    let usage = reply.usage;
    assert_eq!(
        (usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens),
        (100, 80, 12),
        "{dialect}"
    );
    assert!(!reply.truncated && !reply.refused, "{dialect}");
    if *dialect == *"openai-chat" {
        let tokens = reply.tokens.as_ref().unwrap();
        assert_eq!((&tokens.prompt_ids[..], &tokens.completion_ids[..]), (&[1, 2, 3][..], &[7, 8][..]));
        assert_eq!(tokens.logprobs, [-0.25, -1.5]);
        assert_eq!((tokens.sampling.temperature, tokens.tokens_max), (Some(0.5), 3_000));
    }
}

/// The second request starts with the first one's messages, and gives the reasoning back as it came.
fn check_requests(dialect: &str, seen: &[Seen]) {
    let messages = |seen: &Seen| {
        let keys = ["messages", "contents", "input"];
        let list = keys.iter().find_map(|key| seen.body[*key].as_array()).unwrap();
        list.iter().map(without_cache_marks).collect::<Vec<_>>()
    };
    let (first, second) = (messages(&seen[0]), messages(&seen[1]));
    assert!(
        second.len() > first.len() && second[..first.len()] == first[..],
        "{dialect}: the prefix changed"
    );
    if dialect != "anthropic" {
        // (Anthropic's mark for the cache moves on; it is no part of what is cached.)
        let list = serde_json::to_string(&first).unwrap();
        let grows = |bytes: &[u8]| {
            let at = bytes
                .windows(list.len())
                .position(|part| part[..part.len() - 1] == list.as_bytes()[..list.len() - 1]);
            bytes[..at.unwrap() + list.len() - 1].to_vec()
        };
        assert_eq!(grows(&seen[0].bytes), grows(&seen[1].bytes), "{dialect}: the prefix has other bytes");
    }
    let text = seen[1].body.to_string();
    for kept in ["seen 0", "seen 1"] {
        assert!(text.contains(kept), "{dialect}: {kept} is missing");
    }
    let reasoning = match dialect {
        "anthropic" | "google" => "c2lnbmVk",
        "openai-responses" => "c2VhbGVk",
        _ => "Let me look.",
    };
    assert!(text.contains(reasoning), "{dialect}: the reasoning is not given back");
    let exact = if dialect == "openai-chat" { "org/model-high" } else { "-test" };
    assert!(
        format!("{}{}", seen[0].path, seen[0].body["model"]).contains(exact),
        "{dialect}: the model's name"
    );
}

fn without_cache_marks(message: &Value) -> Value {
    let mut message = message.clone();
    for block in message.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
        block.as_object_mut().map(|block| block.remove("cache_control"));
    }
    message
}

#[tokio::test]
async fn an_anthropic_request_marks_its_end_for_the_cache() {
    let server = Server::start("anthropic", &[]).await;
    converse("anthropic/claude-test", &config(&server, false), 2).await.unwrap();
    for seen in server.seen() {
        let last = seen.body["messages"].as_array().unwrap().last().unwrap()["content"].as_array().unwrap();
        assert_eq!(last.last().unwrap()["cache_control"]["type"], "ephemeral");
        assert_eq!(seen.body["system"][0]["cache_control"]["type"], "ephemeral");
        assert!(seen.headers.contains_key("anthropic-version"));
    }
}

#[tokio::test]
async fn a_server_without_tools_is_spoken_to_in_text() {
    let server = Server::start("openai-chat", &[Fault::NoTools]).await;
    let mut config = config(&server, false);
    config.constrained = true;
    converse("org/model-high", &config, 1).await.unwrap();
    let seen = server.seen();
    assert!(seen[0].body["tools"].is_array() && seen[1].body["tools"].is_null());
    assert!(seen[1].body["messages"][0]["content"].as_str().unwrap().contains("- run: Runs code."));
    assert_eq!(seen[1].body["response_format"]["json_schema"]["schema"]["anyOf"][0]["type"], "object");
}

#[tokio::test]
async fn a_server_without_tools_is_found_out_by_all_conversations_at_once() {
    let server = Server::start("openai-chat", &[Fault::NoTools, Fault::NoTools]).await;
    let provider = Provider::open("m", &config(&server, false), Path::new("/nonexistent")).unwrap();
    let (one, other) = tokio::join!(converse_with(&provider, 1), converse_with(&provider, 1));
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    let natively = server.seen().iter().filter(|seen| seen.body["tools"].is_array()).count();
    assert_eq!((natively, server.seen().len()), (2, 4));
}

#[tokio::test]
async fn a_server_that_gives_no_tokens_is_not_asked_for_them_again() {
    let server = Server::start("openai-chat", &[Fault::NoCapture]).await;
    converse("m", &config(&server, false), 2).await.unwrap();
    let seen = server.seen();
    assert!(seen[0].body["logprobs"] == true && seen[0].body["return_token_ids"] == true);
    for later in &seen[1..] {
        assert!(later.body["logprobs"].is_null() && later.body["return_token_ids"].is_null());
        assert!(later.body["tools"].is_array() && later.body["max_tokens"] == 3_000);
    }
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn a_recorded_conversation_holds_every_request_once() {
    for (dialect, written) in DIALECTS {
        let server = Server::start(dialect, &[]).await;
        let config = ProviderConfig { record: true, ..config(&server, false) };
        let replies = converse(written, &config, 3).await.unwrap();
        let seen = server.seen();
        let mut whole = json!({});
        for (reply, seen) in replies.iter().zip(&seen) {
            let exchange = reply.exchange.as_ref().unwrap();
            for (name, value) in exchange.request.as_object().unwrap() {
                let before = whole[name.as_str()].as_array().cloned().unwrap_or_default();
                whole[name.as_str()] = match value.as_array() {
                    Some(new) if ["messages", "contents", "input"].contains(&name.as_str()) => {
                        before[..exchange.kept].iter().chain(new).cloned().collect()
                    }
                    _ => value.clone(),
                };
            }
            assert_eq!(whole, seen.body, "{dialect}");
        }
        // (Where a mark for the cache moves on, the message that loses it is written again.)
        assert!(!replies[2].exchange.as_ref().unwrap().request.to_string().contains("Begin."), "{dialect}");
        let text = serde_json::to_string(&replies).unwrap();
        assert!(!text.contains("sk-") && !text.contains("uthorization"), "{dialect}");
    }
}
