//! A program on the other side of a pipe: one JSON line there, one back, or it is ended.

use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// A program that answers.
pub struct Peer {
    start: Box<dyn Fn() -> Command + Send>,
    running: Option<(Child, Receiver<String>)>,
    patience: Duration,
}

impl Peer {
    /// Not started before the first question.
    pub fn new(patience: Duration, start: impl Fn() -> Command + Send + 'static) -> Self {
        Self {
            start: Box::new(start),
            running: None,
            patience,
        }
    }

    /// Asks once.
    ///
    /// # Errors
    /// If it cannot be started, ends, or is silent for too long; the next question starts it anew.
    pub fn ask(&mut self, question: &Value) -> Result<Value, String> {
        let answer = self.exchange(question);
        if answer.is_err() {
            self.stop();
        }
        answer
    }

    fn exchange(&mut self, question: &Value) -> Result<Value, String> {
        let (child, lines) = match &mut self.running {
            Some(running) => running,
            None => self.running.insert(launch((self.start)())?),
        };
        let input = child.stdin.as_mut().ok_or("no standard input")?;
        writeln!(input, "{question}")
            .and_then(|()| input.flush())
            .map_err(|e| format!("it ended: {e}"))?;
        match lines.recv_timeout(self.patience) {
            Ok(line) => serde_json::from_str(&line).map_err(|e| format!("no JSON ({e}): {line}")),
            Err(RecvTimeoutError::Timeout) => {
                Err(format!("silent for {} seconds", self.patience.as_secs()))
            }
            Err(RecvTimeoutError::Disconnected) => Err("it ended without an answer".to_owned()),
        }
    }

    fn stop(&mut self) {
        if let Some((mut child, _)) = self.running.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn launch(mut command: Command) -> Result<(Child, Receiver<String>), String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("{:?} could not be started: {e}", command.get_program()))?;
    let output = child.stdout.take().ok_or("no standard output")?;
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    Ok((child, receiver))
}
