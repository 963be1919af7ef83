//! One HTTP/1.1 exchange a connection, written and read byte by byte: a library would hide what is compared here.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine as _;

/// How long an answer may take.
pub const ANSWER_DEADLINE: Duration = Duration::from_secs(10);

/// The credentials a request is sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// No `Authorization` header.
    Nobody,
    /// `admin` with the right password.
    Admin,
    /// `viewer`, who may only read.
    Viewer,
    /// `admin` with a wrong password.
    WrongPassword,
    /// A user that is not configured.
    Unknown,
    /// A header that is not base64.
    Malformed,
}

impl User {
    /// The word that stands for these credentials in a transcript.
    pub fn word(self) -> &'static str {
        match self {
            User::Nobody => "nobody",
            User::Admin => "admin",
            User::Viewer => "viewer",
            User::WrongPassword => "wrong password",
            User::Unknown => "unknown user",
            User::Malformed => "malformed",
        }
    }

    fn header(self) -> Option<String> {
        let pair = match self {
            User::Nobody => return None,
            User::Malformed => return Some("Basic !!!".into()),
            User::Admin => "admin:password",
            User::Viewer => "viewer:password",
            User::WrongPassword => "admin:nope",
            User::Unknown => "nobody:nope",
        };
        Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
    }
}

/// A request as the script states it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method's word.
    pub method: String,
    /// Path and query, as written on the request line.
    pub target: String,
    /// Who asks.
    pub user: User,
    /// Further header lines.
    pub headers: Vec<(String, String)>,
    /// The body, sent as it is with a `Content-Length` unless the headers name a `Transfer-Encoding`.
    pub body: Option<String>,
    /// `1.1` or `1.0`.
    pub version: &'static str,
}

impl Request {
    /// A request of the administrator without a body.
    pub fn new(method: &str, target: &str) -> Self {
        Request {
            method: method.into(),
            target: target.into(),
            user: User::Admin,
            headers: Vec::new(),
            body: None,
            version: "1.1",
        }
    }

    /// The same with other credentials.
    pub fn user(mut self, user: User) -> Self {
        self.user = user;
        self
    }

    /// The same with a header line more.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same with a JSON body.
    pub fn json(self, body: &str) -> Self {
        self.body("application/json", body)
    }

    /// The same with a body of the given type.
    pub fn body(mut self, content_type: &str, body: &str) -> Self {
        self.body = Some(body.into());
        self.header("Content-Type", content_type)
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Reason phrase.
    pub reason: String,
    /// Header lines in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Sends `request` on a new connection and reads the answer.
pub fn exchange(server: SocketAddr, request: &Request) -> Result<Response> {
    let mut stream = TcpStream::connect(server).context("connect")?;
    stream.set_read_timeout(Some(ANSWER_DEADLINE))?;
    stream.set_nodelay(true)?;
    let mut text =
        format!("{} {} HTTP/{}\r\nHost: {server}\r\n", request.method, request.target, request.version);
    if let Some(credentials) = request.user.header() {
        text += &format!("Authorization: {credentials}\r\n");
    }
    for (name, value) in &request.headers {
        text += &format!("{name}: {value}\r\n");
    }
    let chunked = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("transfer-encoding"));
    if let Some(body) = &request.body
        && !chunked
    {
        text += &format!("Content-Length: {}\r\n", body.len());
    }
    text += "\r\n";
    text += request.body.as_deref().unwrap_or("");
    stream.write_all(text.as_bytes())?;
    read_response(&mut BufReader::new(stream), request.method == "HEAD")
}

/// Reads a status line, headers and body; interim (1xx) answers are passed over, 101 is not interim.
pub fn read_response(reader: &mut impl BufRead, bodiless: bool) -> Result<Response> {
    loop {
        let status_line = read_line(reader)?;
        let mut words = status_line.splitn(3, ' ');
        if !words.next().unwrap_or("").starts_with("HTTP/1.") {
            bail!("not HTTP: {status_line:?}");
        }
        let status: u16 = words.next().unwrap_or("").parse().context("status code")?;
        let reason = words.next().unwrap_or("").to_owned();
        let mut headers = Vec::new();
        loop {
            let line = read_line(reader)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').context("a header without a colon")?;
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
        if (100..200).contains(&status) && status != 101 {
            continue;
        }
        let body = if bodiless || status == 101 || status == 204 || status == 304 {
            Vec::new()
        } else {
            read_body(reader, &headers)?
        };
        return Ok(Response { status, reason, headers, body });
    }
}

fn read_body(reader: &mut impl BufRead, headers: &[(String, String)]) -> Result<Vec<u8>> {
    let find =
        |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let mut body = Vec::new();
    if find("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        loop {
            let size = usize::from_str_radix(read_line(reader)?.trim(), 16).context("chunk size")?;
            let start = body.len();
            body.resize(start + size, 0);
            reader.read_exact(&mut body[start..])?;
            read_line(reader)?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
    match find("content-length") {
        Some(length) => {
            body.resize(length.parse().context("content-length")?, 0);
            reader.read_exact(&mut body)?;
        }
        None => {
            reader.read_to_end(&mut body)?;
        }
    }
    Ok(body)
}

fn read_line(reader: &mut impl BufRead) -> Result<String> {
    let mut line = Vec::new();
    if reader.read_until(b'\n', &mut line)? == 0 {
        bail!("the server closed the connection");
    }
    while line.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
        line.pop();
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interim_answer_is_passed_over() {
        let text = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]";
        let response = read_response(&mut &text[..], false).unwrap();
        assert_eq!((response.status, response.body.as_slice()), (200, &b"[]"[..]));
    }

    #[test]
    fn a_chunked_body_is_joined() {
        let text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n1\r\n]\r\n0\r\n\r\n";
        assert_eq!(read_response(&mut &text[..], false).unwrap().body, b"[]");
    }
}
