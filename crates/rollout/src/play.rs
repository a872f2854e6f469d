//! The agent loop: a model plays one episode from its prompt to its verdict.

use std::sync::Arc;

use envy_core::{ChatRequest, Fault, FaultKind, Model, ModelError, Opening};

use crate::episode::{Episode, EpisodeStart};
use crate::guard::guarded;
use crate::outcome::Outcome;

/// Plays one episode with `model`. Nothing here fails: a fault is a verdict too.
pub async fn play(start: EpisodeStart, model: Arc<dyn Model>) -> Outcome {
    let runner = start.runner.clone();
    let opened = runner.compute(FaultKind::Provider, move || {
        // A scripted policy may already think here, so this is no work for the asynchronous threads.
        let opening = Opening { brief: &start.brief, episode: &start.spec, seed: start.seed };
        let chat = model.open(&opening);
        (start, chat)
    });
    let (mut episode, chat) = match opened.await {
        Ok((start, chat)) => (Episode::start(start), chat),
        Err(fault) => return Outcome::never_started(fault),
    };
    let mut chat = match chat {
        Ok(chat) => chat,
        Err(error) => {
            stop(&mut episode, &error);
            return episode.finish().await;
        }
    };
    while episode.end().is_none() {
        let request = ChatRequest {
            messages: episode.messages(),
            tools: episode.tools(),
            tokens_max: episode.reply_tokens_max(),
        };
        // Dropping the call at the limit ends it: a model is no box, it leaves nothing behind.
        match tokio::time::timeout(episode.time_left(), guarded(chat.reply(request))).await {
            Err(_) => episode.expire(),
            Ok(Ok(Ok(reply))) => {
                episode.step(reply).await;
            }
            Ok(Ok(Err(error))) => stop(&mut episode, &error),
            Ok(Err(panic)) => {
                let detail = format!("the model's adapter panicked: {panic}");
                episode.break_off(Fault::new(FaultKind::Provider, detail));
            }
        }
    }
    episode.finish().await
}

/// There is no reply: whose doing that is decides between an end and a void.
fn stop(episode: &mut Episode, error: &ModelError) {
    let fault = || Fault::new(FaultKind::Provider, error.to_string());
    match error {
        ModelError::ContextFull(_) => episode.overflow(),
        ModelError::Unusable(_) => episode.break_off_for_good(fault()),
        ModelError::Service(_) => episode.break_off(fault()),
    }
}
