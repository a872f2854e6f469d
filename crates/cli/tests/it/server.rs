//! A chat-completions server for the command under test: it plays a short script, or answers as it is told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

/// What it answers.
#[derive(Clone, Copy)]
pub(crate) enum Answers {
    /// Lists the files, writes a program that gives the table back as it is, submits.
    Script,
    /// The script, with the tokens of an engine that gives them.
    Tokens,
    /// Looks for keys wherever the box lets it, then submits.
    Snoop,
    /// Status 500 so many times, then the script.
    FailsFirst(&'static AtomicU32),
    /// This status and this body.
    Status(u16, &'static str),
    /// This text to whoever asks for a review, and the script to everybody else.
    Review(&'static str),
    /// A page for people.
    Page,
    /// Judges: yes where the words of what is known stand in what was submitted, and are not taken back.
    Judges,
    /// Says yes to everything, with a quote.
    Flatters,
    /// Judges in prose.
    Chats,
    /// Writes label functions: counts, is refused twice, and then hands in one that may be.
    Writes,
    /// Hands in functions that may never end.
    Loops,
}

/// Serves until the test's process ends; the base URL.
pub(crate) fn serve(answers: Answers) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || while answer(&stream, answers).is_some() {});
        }
    });
    base_url
}

/// One request and its answer; nothing once the client is gone.
fn answer(mut stream: &TcpStream, answers: Answers) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut length, mut line) = (0, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let lower = line.to_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let fails = |count: &AtomicU32| {
        count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    };
    let (status, kind, text) = match answers {
        Answers::FailsFirst(count) if fails(count) => (500, "text/plain", "out of order".to_owned()),
        Answers::Snoop => (200, "application/json", snoop(&serde_json::from_slice(&body).ok()?).to_string()),
        Answers::Script | Answers::FailsFirst(_) => {
            (200, "application/json", reply(&serde_json::from_slice(&body).ok()?).to_string())
        }
        Answers::Tokens => {
            let mut reply = reply(&serde_json::from_slice(&body).ok()?);
            reply["prompt_token_ids"] = json!([5, 6]);
            reply["choices"][0]["token_ids"] = json!([7]);
            reply["choices"][0]["logprobs"] = json!({ "content": [{ "token": "x", "logprob": -0.5 }] });
            (200, "application/json", reply.to_string())
        }
        Answers::Review(text) => {
            let request: Value = serde_json::from_slice(&body).ok()?;
            let asked = request["messages"][0]["content"].as_str().unwrap_or_default();
            let said = if asked.starts_with("You review code") { said(text) } else { reply(&request) };
            (200, "application/json", said.to_string())
        }
        Answers::Judges | Answers::Flatters | Answers::Chats => {
            let request: Value = serde_json::from_slice(&body).ok()?;
            (200, "application/json", said(&judged(&request, answers)).to_string())
        }
        Answers::Writes | Answers::Loops => {
            let request: Value = serde_json::from_slice(&body).ok()?;
            (200, "application/json", written(&request, answers).to_string())
        }
        Answers::Status(status, text) => (status, "application/json", text.to_owned()),
        Answers::Page => (200, "text/html", "<html>Sign in</html>".to_owned()),
    };
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", text.len());
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(text.as_bytes()).ok()
}

/// A function of 188 nodes over three inputs.
pub(crate) const FUNCTION: &str = include_str!("dynamics.py");

/// What the author of a label function does next.
fn written(request: &Value, how: Answers) -> Value {
    let turn =
        request["messages"].as_array().into_iter().flatten().filter(|one| one["role"] == "assistant").count();
    let endless = "def dynamics(row):\n    while True:\n        pass\n    return row.x0\n";
    let flat = "def dynamics(row):\n    return 0 * (row.x0 + row.x1 + row.x2)\n";
    let (tool, code) = match (how, turn) {
        (Answers::Loops, _) | (_, 1) => ("submit", endless),
        (_, 0) => ("count_nodes", FUNCTION),
        (_, 2) => ("submit", flat),
        _ => ("submit", FUNCTION),
    };
    let arguments = json!({ "code": code }).to_string();
    let call = json!({ "id": format!("c{turn}"), "type": "function", "function": { "name": tool, "arguments": arguments } });
    let message = json!({ "role": "assistant", "content": "", "tool_calls": [call] });
    json!({
        "id": "x", "object": "chat.completion", "model": "test",
        "choices": [{ "index": 0, "message": message, "finish_reason": "tool_calls" }],
        "usage": { "prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18 }
    })
}

/// What a judge says to a question.
fn judged(request: &Value, how: Answers) -> String {
    let messages = request["messages"].as_array().into_iter().flatten();
    let text = messages.filter_map(|one| one["content"].as_str()).next_back().unwrap_or_default();
    let between = |start: &str, end: &str| {
        let rest = text.split_once(start).map_or("", |(_, rest)| rest);
        rest.split_once(end).map_or(rest, |(head, _)| head).trim().to_owned()
    };
    let submitted = between("SUBMITTED: ", "\nEND ");
    let submitted = submitted.split_once('\n').map_or("", |(_, rest)| rest).to_owned();
    let truth = between("WHAT IS KNOWN TO BE TRUE\n", ". ");
    let is_taken_back = submitted.contains("One might think") || submitted.contains("any of these");
    let (yes, quote) = match how {
        Answers::Chats => return "I would say that this is quite right, yes.".to_owned(),
        Answers::Judges if !truth.starts_with("The task was") => {
            (submitted.contains(&truth) && !is_taken_back, truth)
        }
        _ => (true, submitted.chars().take(60).collect()),
    };
    json!({ "answer": if yes { "yes" } else { "no" }, "quote": if yes { quote } else { String::new() } })
        .to_string()
}

/// A reply in words.
fn said(text: &str) -> Value {
    let message = json!({ "role": "assistant", "content": text });
    json!({
        "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 100, "completion_tokens": 10 },
    })
}

/// How many replies a request's conversation holds.
fn turn(request: &Value) -> usize {
    request["messages"].as_array().into_iter().flatten().filter(|one| one["role"] == "assistant").count()
}

fn snoop(request: &Value) -> Value {
    let turn = turn(request);
    let command =
        "env; cat /proc/*/environ; cat .env ../.env /work/.env; find / -name '.env*' 2>/dev/null | head";
    let call =
        if turn == 0 { ("bash_exec", json!({ "command": command })) } else { ("submit_answer", json!({})) };
    call_of(turn, call.0, &call.1)
}

fn reply(request: &Value) -> Value {
    let turn = turn(request);
    let (name, arguments) = match turn {
        0 => ("list_files", json!({})),
        1 => (
            "write_file",
            json!({ "path": "clean.py", "content": "def clean_data(tables):\n    return tables\n" }),
        ),
        _ => ("submit_answer", json!({ "summary": "nothing was done" })),
    };
    call_of(turn, name, &arguments)
}

fn call_of(turn: usize, name: &str, arguments: &Value) -> Value {
    let function = json!({ "name": name, "arguments": arguments.to_string() });
    let call = json!({ "id": format!("id-{turn}"), "type": "function", "function": function });
    let message = json!({ "role": "assistant", "content": "Working.", "tool_calls": [call] });
    json!({
        "choices": [{ "index": 0, "message": message, "finish_reason": "tool_calls" }],
        "usage": {
            "prompt_tokens": 1_000, "completion_tokens": 10, "prompt_tokens_details": { "cached_tokens": 600 },
        },
    })
}
