//! The jobs API of a server, with a receiver of our own for its messages.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Once};
use std::time::Instant;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

use crate::scene::{Scene, boxes_work, package};
use crate::served::{LOOK_EVERY, PATIENCE, Server};

/// What messages are signed with.
const SECRET: &str = "sixteen bytes or more";

fn file(name: &str) -> String {
    package().join("tests/tls").join(name).display().to_string()
}

/// A message as it came.
struct Heard {
    signature: String,
    body: String,
}

/// Listens for HTTPS on this machine and gives these answers in turn; where, and what was heard.
fn receiver(answers: &'static [&'static str]) -> (String, Receiver<Heard>) {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another test's client may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let chain = vec![CertificateDer::from_pem_file(file("receiver.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file("receiver.key")).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let url = format!("https://localhost:{}/hook", listener.local_addr().unwrap().port());
    let (told, heard) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let stream = listener.accept().unwrap().0;
            let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = BufReader::new(rustls::StreamOwned::new(session, stream));
            told.send(hear(&mut stream)).unwrap();
            write!(stream.get_mut(), "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .unwrap();
            stream.get_mut().flush().unwrap();
        }
    });
    (url, heard)
}

fn hear(stream: &mut impl BufRead) -> Heard {
    let (mut signature, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        match name.to_ascii_lowercase().as_str() {
            "x-envy-signature" => value.clone_into(&mut signature),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    Heard { signature, body: String::from_utf8(body).unwrap() }
}

impl Heard {
    fn is_signed(&self, secret: &str) -> bool {
        let (time, tag) = self.signature.split_once(",v1=").unwrap();
        let signed = format!("{}.{}", time.strip_prefix("t=").unwrap(), self.body);
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
        envy_core::id::hex(ring::hmac::sign(&key, signed.as_bytes()).as_ref()) == tag
    }
}

/// The job, once `done` says so.
fn until(server: &Server, id: &Value, token: &str, done: impl Fn(&Value) -> bool) -> Value {
    let (path, end) = (format!("/jobs/{}", id.as_str().unwrap()), Instant::now() + PATIENCE);
    loop {
        let (status, job) = server.ask("GET", &path, token, "");
        assert_eq!(status, 200, "{job}");
        if done(&job) {
            return job;
        }
        assert!(Instant::now() < end, "{job}");
        std::thread::sleep(LOOK_EVERY);
    }
}

fn is_over(job: &Value) -> bool {
    job["status"] == "over"
}

const SERVED: &str = "serve --port 0 --dataset cleaning";

fn served(scene: &Scene, more: &str) -> Server {
    Server::start(scene, &format!("{SERVED} {more}"))
}

#[test]
fn a_job_is_played_and_its_signed_message_is_taken_at_the_second_try() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_task();
    let (url, heard) = receiver(&["500 Broken", "200 OK"]);
    let hooks = format!("--webhook-host localhost --webhook-private --webhook-ca {}", file("ca.pem"));
    let mut command =
        scene.command(&format!("{SERVED} --token alpha --token beta --integrity filter {hooks}"));
    command.env("ENVY_WEBHOOK_SECRET", SECRET);
    let server = Server::of(command);
    let asked = json!({"model": "policy/null", "metadata": {"mine": [1]}, "webhook": {"url": url}});
    let (status, queued) = server.ask("POST", "/run-async", "alpha", &asked.to_string());
    assert_eq!((status, &queued["status"], &queued["webhook"]), (202, &json!("queued"), &json!("waiting")));
    let messages: Vec<Heard> = (0..2).map(|_| heard.recv_timeout(PATIENCE).unwrap()).collect();
    assert!(messages.iter().all(|one| one.is_signed(SECRET) && !one.is_signed("another secret")));
    let told: Value = serde_json::from_str(&messages[1].body).unwrap();
    assert_eq!((&told["job"], &told["metadata"]["mine"]), (&queued["job"], &json!([1])));
    assert_eq!((&told["result"]["reward"], &told["result"]["fault"]), (&json!(0.0), &Value::Null));
    let job = until(&server, &queued["job"], "alpha", |job| job["webhook"] == "delivered");
    assert_eq!(job["result"], told["result"]);
    let path = format!("/jobs/{}", queued["job"].as_str().unwrap());
    assert_eq!(server.ask("GET", &path, "beta", "").0, 404, "the job of another key");
    assert_eq!(server.ask("GET", &path, "gamma", "").0, 401);
    assert_eq!(server.ask("POST", "/run", "", "{}").0, 401);
    let (status, result) = server.ask("POST", "/run", "beta", r#"{"model": "policy/null"}"#);
    assert_eq!((status, &result["reward"], &result["passed"]), (200, &json!(0.0), &json!(false)));
    let (_, whole) = server.ask("POST", "/run-sync", "beta", r#"{"model": "policy/null", "metadata": "m"}"#);
    assert_eq!((&whole["status"], &whole["metadata"]), (&json!("over"), &json!("m")));
    assert_eq!(whole["result"]["episode"], 2);
    let (_, figures) = server.ask("GET", "/metrics", "beta", "");
    for line in ["envy_jobs_over_total 3", "envy_webhooks_delivered_total 1", "envy_jobs_waiting 0"] {
        assert!(figures.as_str().unwrap().contains(line), "{line} is not in {figures}");
    }
    assert_eq!(server.stop().matches("\"job over\"").count(), 3);
    let record = scene.json("runs show last --episode 0 --json");
    assert_eq!(
        (&record["integrity"]["mode"], &record["episode"]["integrity"]),
        (&json!("filter"), &json!("filter"))
    );
}

#[test]
fn what_may_not_be_asked_for_is_refused_and_nothing_is_queued() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_task();
    let limits = "--job-workers 0 --jobs-per-key 1 --token a --token b --jobs-max 2";
    let server = served(&scene, &format!("{limits} --webhook-secret sixteen-bytes-or-more"));
    let hook = |url: &str| json!({"model": "policy/null", "webhook": {"url": url}});
    for (path, body, why) in [
        ("/run-async", json!({"model": "openai/gpt-4o"}), "may not name the model"),
        ("/run-async", json!({"model": "policy/null", "index": 7}), "there is no task 7"),
        ("/run-async", json!({"model": "policy/null", "max_steps": 3}), "unknown field"),
        ("/run-async", json!({"model": "policy/null", "limits": {"max_steps": 99}}), "from 1 to 30"),
        ("/run-async", json!({"model": "policy/null", "metadata": "x".repeat(20_000)}), "metadata"),
        ("/run-async", hook("http://example.com/"), "https://"),
        ("/run-async", hook("https://127.0.0.1/"), "private"),
        ("/run-async", hook("https://localhost/"), "private"),
        ("/run-async", hook("https://[::1]/"), "private"),
        ("/run-async", hook("https://169.254.169.254/"), "private"),
        ("/run", hook("https://8.8.8.8/"), "only /run-async"),
    ] {
        let (status, told) = server.ask("POST", path, "a", &body.to_string());
        assert_eq!(status, 422, "{body}: {told}");
        assert!(told["detail"].as_str().unwrap().contains(why), "{body}: {told}");
    }
    assert_eq!(server.ask("POST", "/run-async", "a", "{").0, 422);
    let (code, told) = server.ask("POST", "/run-async", "a", &"x".repeat(70_000));
    assert!(code == 413 && told["detail"].as_str().unwrap().contains("limit"), "{told}");
    assert_eq!(server.ask("GET", "/jobs/none", "a", "").0, 404);
    let plain = json!({"model": "policy/null"}).to_string();
    let asked = ["a", "a", "b", "b"].map(|key| server.ask("POST", "/run-async", key, &plain));
    assert_eq!(asked.each_ref().map(|(status, _)| *status), [202, 429, 202, 429], "{asked:?}");
    assert!(asked[1].1["detail"].as_str().unwrap().contains("this key"), "{asked:?}");
    assert!(asked[3].1["detail"].as_str().unwrap().contains("the server keeps 2"), "{asked:?}");
    server.stop();
    let unsigned = served(&scene, "--job-workers 0");
    let (_, told) = unsigned.ask("POST", "/run-async", "", &hook("https://8.8.8.8/").to_string());
    assert!(told["detail"].as_str().unwrap().contains("without a secret"), "{told}");
    scene.run("serve --webhook-secret short").fails(2, "fewer than 16 bytes", "ENVY_WEBHOOK_SECRET");
}

#[test]
fn a_message_follows_no_redirect() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_task();
    let (url, heard) = receiver(&["307 Elsewhere\r\nlocation: https://127.0.0.1:1/", "200 OK"]);
    let hooks = format!("--webhook-host localhost --webhook-private --webhook-ca {}", file("ca.pem"));
    let server = served(&scene, &format!("--webhook-secret sixteen-bytes-or-more {hooks}"));
    let elsewhere = json!({"model": "policy/null", "webhook": {"url": "https://example.com/"}});
    let (status, told) = server.ask("POST", "/run-async", "", &elsewhere.to_string());
    assert_eq!(status, 422);
    assert!(told["detail"].as_str().unwrap().contains("not among the hosts"), "{told}");
    let asked = json!({"model": "policy/null", "webhook": {"url": url}});
    let (_, queued) = server.ask("POST", "/run-async", "", &asked.to_string());
    until(&server, &queued["job"], "", |job| job["webhook"] == "failed");
    assert!(server.stop().contains("redirects are not followed"));
    assert_eq!(heard.try_iter().count(), 1, "it is not tried again");
}

#[test]
fn jobs_outlive_a_stop_and_a_crash_of_their_server() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_task();
    let first = served(&scene, "--job-workers 0");
    let asked = json!({"model": "policy/reference"}).to_string();
    let ids: Vec<Value> =
        (0..2).map(|_| first.ask("POST", "/run-async", "", &asked).1["job"].clone()).collect();
    first.stop();
    let second = served(&scene, "--job-workers 1");
    second.wait_for("job started");
    second.kill();
    let third = served(&scene, "--job-workers 1");
    for id in &ids {
        assert!(until(&third, id, "", is_over)["result"]["reward"].as_f64().unwrap() > 0.5);
    }
    third.stop();
    // What is kept is forgotten in time: at once, if so asked.
    let fourth = served(&scene, "--job-ttl 0");
    let (status, told) = fourth.ask("POST", "/run", "", &json!({"model": "policy/null"}).to_string());
    assert_eq!(status, 410, "{told}");
}
