//! Server-sent events out of a byte stream that may be cut anywhere.

/// One event may not be longer than this.
const EVENT_BYTES_MAX: usize = 16 << 20;

/// Collects bytes and hands out the data of each complete event.
#[derive(Default)]
pub(crate) struct Events {
    buffer: Vec<u8>,
}

impl Events {
    /// Takes more bytes in and returns the events that they complete, in order.
    ///
    /// # Errors
    /// An event without end, or one that is not UTF-8.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, String> {
        self.buffer.extend_from_slice(bytes);
        let mut events = Vec::new();
        while let Some((length, separator)) = blank_line(&self.buffer) {
            let rest = self.buffer.split_off(length + separator);
            let block = std::mem::replace(&mut self.buffer, rest);
            let block =
                std::str::from_utf8(&block[..length]).map_err(|_| "an event is not UTF-8".to_owned())?;
            let lines = block.lines().filter_map(|line| line.strip_prefix("data:"));
            let data: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
            if !data.is_empty() {
                events.push(data.join("\n"));
            }
        }
        if self.buffer.len() > EVENT_BYTES_MAX {
            return Err(format!("an event is longer than {EVENT_BYTES_MAX} bytes"));
        }
        Ok(events)
    }
}

/// Where the first blank line starts, and how long it is with the line end before it.
fn blank_line(buffer: &[u8]) -> Option<(usize, usize)> {
    let find = |pattern: &[u8]| buffer.windows(pattern.len()).position(|window| window == pattern);
    let unix = find(b"\n\n").map(|place| (place, 2));
    let dos = find(b"\r\n\r\n").map(|place| (place, 4));
    unix.into_iter().chain(dos).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_survive_any_cut() {
        let stream = "event: a\ndata: {\"x\": 1}\n\n: ping\n\ndata: one\r\ndata: two\r\n\r\ndata: [DONE]\n\n";
        for size in 1..stream.len() {
            let mut events = Events::default();
            let mut all = Vec::new();
            for piece in stream.as_bytes().chunks(size) {
                all.extend(events.push(piece).unwrap());
            }
            assert_eq!(all, ["{\"x\": 1}", "one\ntwo", "[DONE]"]);
        }
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let mut events = Events::default();
        let piece = vec![b'x'; 1 << 20];
        assert!((0..20).any(|_| events.push(&piece).is_err()));
    }
}
