//! The link: one TCP proxy that everybody goes through. It counts bytes both ways and messages, breaks each connection
//! when it has carried so many bytes in one direction, and can swallow one answer.
//!
//! A connection that breaks has delivered what came before: nothing is lost but what was still to come. A client may
//! connect again at once.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
};

/// What went through in one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carried {
    /// Bytes from the device, as they stand in TCP: heads of HTTP and frames of a websocket included.
    pub up: u64,
    /// The same to the device.
    pub down: u64,
    /// Of these, bodies of HTTP, or what is in the frames of a websocket.
    pub body_up: u64,
    pub body_down: u64,
    /// Requests of HTTP, or messages of a websocket from the device.
    pub requests: u64,
    pub connections: u64,
    pub cuts: u64,
}

#[derive(Default)]
struct Shared {
    carried: Mutex<Carried>,
    /// A connection breaks after so many bytes in one direction; 0: never.
    cut: AtomicU64,
    /// The next answer to a request with a body of at least this many bytes is swallowed; 0: none.
    swallow: AtomicU64,
    swallowed: AtomicBool,
    target: Mutex<Option<SocketAddr>>,
    /// Connections that were opened, the device's end.
    open: Mutex<Vec<TcpStream>>,
}

/// A running proxy. It ends with the program.
#[derive(Clone)]
pub struct Proxy {
    shared: Arc<Shared>,
    /// Where the devices connect.
    pub address: SocketAddr,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Proxy {
    /// Listens; leads nowhere before [`Proxy::lead_to`].
    pub fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let proxy = Self {
            shared: Arc::default(),
            address: listener.local_addr()?,
        };
        let shared = proxy.shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                thread::spawn(move || connection(&shared, &stream));
            }
        });
        Ok(proxy)
    }

    pub fn lead_to(&self, target: SocketAddr) {
        *locked(&self.shared.target) = Some(target);
    }

    /// Counts from nothing.
    pub fn reset(&self) {
        *locked(&self.shared.carried) = Carried::default();
    }

    pub fn carried(&self) -> Carried {
        *locked(&self.shared.carried)
    }

    /// Connections break after so many bytes in one direction; 0: never. Those that are open end now.
    pub fn cut_after(&self, bytes: u64) {
        self.shared.cut.store(bytes, Relaxed);
        for stream in locked(&self.shared.open).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Swallows the answer to the next request with at least so large a body.
    pub fn swallow(&self, at_least: u64) {
        self.shared.swallowed.store(false, Relaxed);
        self.shared.swallow.store(at_least, Relaxed);
    }

    /// Whether an answer was swallowed since.
    pub fn swallowed(&self) -> bool {
        self.shared.swallow.store(0, Relaxed);
        self.shared.swallowed.load(Relaxed)
    }
}

fn connection(shared: &Arc<Shared>, device: &TcpStream) -> Option<()> {
    let target = (*locked(&shared.target))?;
    let server = TcpStream::connect(target).ok()?;
    device.set_nodelay(true).ok()?;
    server.set_nodelay(true).ok()?;
    locked(&shared.carried).connections += 1;
    if let Ok(open) = device.try_clone() {
        let mut all = locked(&shared.open);
        all.retain(|stream| stream.peer_addr().is_ok());
        all.push(open);
    }
    let cut = shared.cut.load(Relaxed);
    // The largest body that went up since something last came down.
    let asked = Arc::new(AtomicU64::new(0));
    let ends = (device.try_clone().ok()?, server.try_clone().ok()?);
    let up = {
        let (shared, asked) = (shared.clone(), asked.clone());
        let (from, to) = (device.try_clone().ok()?, server.try_clone().ok()?);
        thread::spawn(move || {
            carry(
                &shared,
                from,
                to,
                cut,
                Wire::default(),
                |wire, carried, n| {
                    let before = (carried.body_up, carried.requests);
                    let (bodies, messages) = wire;
                    carried.up += n;
                    carried.body_up += bodies;
                    carried.requests += messages;
                    let large = if carried.requests > before.1 {
                        0
                    } else {
                        asked.load(Relaxed)
                    };
                    asked.store(large + carried.body_up - before.0, Relaxed);
                    true
                },
            );
        })
    };
    carry(
        shared,
        ends.1,
        ends.0,
        cut,
        Wire::answers(),
        |(bodies, _), carried, n| {
            let limit = shared.swallow.load(Relaxed);
            if limit > 0 && asked.load(Relaxed) >= limit {
                shared.swallow.store(0, Relaxed);
                shared.swallowed.store(true, Relaxed);
                return false;
            }
            carried.down += n;
            carried.body_down += bodies;
            true
        },
    );
    let _ = up.join();
    Some(())
}

/// One direction of a connection, to its end. `count` gives false to break the connection instead.
fn carry(
    shared: &Shared,
    mut from: TcpStream,
    mut to: TcpStream,
    cut: u64,
    mut wire: Wire,
    count: impl Fn((u64, u64), &mut Carried, u64) -> bool,
) {
    let mut buffer = vec![0; 16 * 1024];
    let mut sent = 0u64;
    while let Ok(n) = from.read(&mut buffer) {
        if n == 0 {
            break;
        }
        let left = if cut == 0 { n as u64 } else { cut - sent };
        let n = n.min(usize::try_from(left).unwrap_or(n));
        let read = wire.read(&buffer[..n]);
        if !count(read, &mut locked(&shared.carried), n as u64) {
            break;
        }
        sent += n as u64;
        if to.write_all(&buffer[..n]).is_err() {
            break;
        }
        if cut > 0 && sent >= cut {
            locked(&shared.carried).cuts += 1;
            break;
        }
    }
    // Both directions end together, as those of a link do.
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

/// Where one direction of a connection stands: HTTP/1.1, and frames of a websocket after an upgrade.
#[derive(Default)]
struct Wire {
    state: At,
    head: Vec<u8>,
    answers: bool,
}

#[derive(Default)]
enum At {
    #[default]
    Head,
    Body(u64),
    ChunkSize,
    Chunk(u64),
    Trailer,
    /// The head of a frame.
    Frame,
    Payload(u64),
}

impl Wire {
    fn answers() -> Self {
        Self {
            answers: true,
            ..Self::default()
        }
    }

    /// Bytes of bodies, and requests (or frames) that begin in these bytes.
    fn read(&mut self, mut bytes: &[u8]) -> (u64, u64) {
        let (mut bodies, mut messages) = (0, 0);
        while !bytes.is_empty() {
            match self.state {
                At::Body(left) | At::Chunk(left) | At::Payload(left) => {
                    let n = left.min(bytes.len() as u64);
                    bodies += n;
                    bytes = &bytes[usize::try_from(n).unwrap_or(bytes.len())..];
                    self.state = match (&self.state, left - n) {
                        (At::Body(_), 0) => At::Head,
                        (At::Body(_), left) => At::Body(left),
                        (At::Chunk(_), 0) => At::ChunkSize,
                        (At::Chunk(_), left) => At::Chunk(left),
                        (_, 0) => At::Frame,
                        (_, left) => At::Payload(left),
                    };
                }
                At::Frame => {
                    self.head.push(bytes[0]);
                    bytes = &bytes[1..];
                    if let Some(len) = frame(&self.head) {
                        // Continuations and control frames are no messages of their own.
                        messages += u64::from(matches!(self.head[0] & 0x0f, 1 | 2));
                        self.head.clear();
                        self.state = if len == 0 {
                            At::Frame
                        } else {
                            At::Payload(len)
                        };
                    }
                }
                At::Head | At::ChunkSize | At::Trailer => {
                    self.head.push(bytes[0]);
                    bytes = &bytes[1..];
                    messages += self.line();
                }
            }
        }
        (bodies, messages)
    }

    /// After each byte of a head, a chunk's length or a trailer: goes on when it has ended.
    fn line(&mut self) -> u64 {
        match self.state {
            At::Head if self.head.ends_with(b"\r\n\r\n") => {
                let head = String::from_utf8_lossy(&self.head).to_lowercase();
                let value = |name: &str| {
                    let mut lines = head.lines();
                    lines.find_map(|l| l.strip_prefix(name)?.strip_prefix(':').map(str::trim))
                };
                let status = head.split(' ').nth(1).unwrap_or_default();
                let empty = self.answers && (status == "204" || status == "304" || status == "100");
                self.state = if value("upgrade") == Some("websocket") {
                    At::Frame
                } else if value("transfer-encoding").is_some_and(|v| v.contains("chunked"))
                    && !empty
                {
                    At::ChunkSize
                } else {
                    match value("content-length").and_then(|v| v.parse().ok()) {
                        Some(len) if len > 0 && !empty => At::Body(len),
                        _ => At::Head,
                    }
                };
                self.head.clear();
                return u64::from(!self.answers);
            }
            At::ChunkSize if self.head.ends_with(b"\r\n") && self.head.len() > 2 => {
                let text = String::from_utf8_lossy(&self.head).into_owned();
                let digits = text.trim().split(';').next().unwrap_or_default();
                let len = u64::from_str_radix(digits.trim(), 16).unwrap_or(0);
                self.head.clear();
                self.state = if len == 0 {
                    At::Trailer
                } else {
                    At::Chunk(len)
                };
            }
            At::ChunkSize if self.head == b"\r\n" => self.head.clear(),
            At::Trailer if self.head == b"\r\n" || self.head.ends_with(b"\r\n\r\n") => {
                self.head.clear();
                self.state = At::Head;
            }
            _ => {}
        }
        0
    }
}

/// The length of a frame's payload, once its head is whole.
fn frame(head: &[u8]) -> Option<u64> {
    let second = *head.get(1)?;
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    let (len, size) = match second & 0x7f {
        126 => (head.get(2..4)?, 4),
        127 => (head.get(2..10)?, 10),
        _ => (&head[1..2], 2),
    };
    if head.len() < size + mask {
        return None;
    }
    let len = len
        .iter()
        .fold(0u64, |all, byte| all << 8 | u64::from(*byte));
    Some(if size == 2 { len & 0x7f } else { len })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fed in pieces of every size, so that no state depends on where the network cuts.
    fn read(mut wire: impl FnMut() -> Wire, bytes: &[u8]) -> (u64, u64) {
        let whole = wire().read(bytes);
        for size in 1..7 {
            let mut in_pieces = wire();
            let sum = bytes.chunks(size).map(|piece| in_pieces.read(piece));
            let sum = sum.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
            assert_eq!(sum, whole, "pieces of {size}");
        }
        whole
    }

    #[test]
    fn requests_and_their_bodies_are_counted_wherever_the_network_cuts() {
        let text = b"POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\n\r\n";
        assert_eq!(read(Wire::default, text), (5, 2));
    }

    #[test]
    fn answers_in_chunks_and_without_a_body_are_told_apart() {
        let text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=1\r\nabc\r\n0\r\n\r\n\
            HTTP/1.1 304 Not Modified\r\nContent-Length: 900\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        assert_eq!(read(Wire::answers, text), (10, 0));
    }

    #[test]
    fn messages_of_a_websocket_are_counted_without_their_heads() {
        let mut bytes = b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n".to_vec();
        bytes.extend_from_slice(&[0x82, 0x83, 1, 2, 3, 4, 9, 9, 9]);
        bytes.extend_from_slice(&[0x82, 0xfe, 0, 200, 1, 2, 3, 4]);
        bytes.extend_from_slice(&[7; 200]);
        bytes.extend_from_slice(&[0x89, 0x80, 1, 2, 3, 4]);
        assert_eq!(read(Wire::default, &bytes), (203, 3));
    }
}
