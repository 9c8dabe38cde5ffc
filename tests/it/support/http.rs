//! The program as a server, and the plainest client there is.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// A server process that ends with the test.
pub struct Serving {
    child: Child,
    pub address: String,
}

impl Serving {
    /// Starts a command that takes `--listen`, on a free port, and waits until it answers.
    pub fn start(mut command: Command) -> Serving {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        command
            .args(["--listen", &address])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut serving = Serving {
            child: command.spawn().unwrap(),
            address,
        };
        for _ in 0..600 {
            if ask(&serving.address, "GET", "/sign-in", &[], "").is_some() {
                return serving;
            }
            let ended = serving.child.try_wait().unwrap();
            assert_eq!(ended, None, "the server ended");
            sleep(Duration::from_millis(50));
        }
        panic!("nobody answered at {}", serving.address);
    }

    /// Ends it as nobody should, at once.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and waits until it has; gives what it had printed.
    pub fn stop(mut self) -> (ExitStatus, String) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(asked.success());
        let status = self.child.wait().unwrap();
        let mut printed = String::new();
        let out = self.child.stdout.as_mut().unwrap();
        out.read_to_string(&mut printed).unwrap();
        (status, printed)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// Sends a request as it is; none where nobody listens or the answer was cut off.
pub fn ask(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .ok()?;
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    if method == "POST" {
        head.push_str("Sec-Fetch-Site: same-origin\r\n");
        head.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream
        .write_all(format!("{head}\r\n{body}").as_bytes())
        .ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some(Answer {
        status: head.split(' ').nth(1)?.parse().ok()?,
        body: body.to_string(),
    })
}
