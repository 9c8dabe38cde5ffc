//! A mail server that takes every letter and keeps it: enough SMTP for one sender.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::spawn;

/// What was delivered, each letter with its head.
pub struct Sink {
    pub port: u16,
    letters: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    /// Listens on a free port until the test process ends.
    pub fn start() -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let letters = Arc::new(Mutex::new(Vec::new()));
        let kept = letters.clone();
        spawn(move || {
            for stream in listener.incoming() {
                let kept = kept.clone();
                spawn(move || serve(stream.unwrap(), &kept));
            }
        });
        Sink { port, letters }
    }

    /// Everything delivered so far.
    pub fn letters(&self) -> Vec<String> {
        self.letters.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, letters: &Mutex<Vec<String>>) {
    let mut out = stream.try_clone().unwrap();
    let mut say = |line: &str| out.write_all(format!("{line}\r\n").as_bytes()).unwrap();
    say("220 sink");
    let mut lines = BufReader::new(stream).lines().map_while(|line| line.ok());
    while let Some(line) = lines.next() {
        let command = line.to_uppercase();
        if command.starts_with("DATA") {
            say("354 go on");
            let letter: Vec<String> = lines.by_ref().take_while(|line| line != ".").collect();
            letters.lock().unwrap().push(letter.join("\n"));
            say("250 kept");
        } else if command.starts_with("QUIT") {
            say("221 bye");
            return;
        } else {
            say("250 fine");
        }
    }
}
