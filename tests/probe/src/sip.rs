//! As much SIP as a test phone needs: splitting a message and looking into its headers.

/// A request or response, split but not interpreted.
#[derive(Clone, Debug)]
pub struct Message {
    /// Request line or status line.
    pub start: String,
    /// Header lines in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Message {
    /// Splits a datagram; nothing when it is no SIP message (keep-alives).
    pub fn parse(datagram: &[u8]) -> Option<Message> {
        let text = String::from_utf8_lossy(datagram);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let start = lines.next()?.to_owned();
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect();
        start.contains("SIP/2.0").then(|| Message { start, headers, body: body.to_owned() })
    }

    /// The first header of that name, or an empty string.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    }

    /// All Via lines, as lines.
    pub fn vias(&self) -> String {
        let vias = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("via"));
        vias.map(|(_, value)| format!("Via: {value}\r\n")).collect()
    }

    /// The status code of a response.
    pub fn status(&self) -> Option<u16> {
        self.start.strip_prefix("SIP/2.0 ")?.split(' ').next()?.parse().ok()
    }

    /// The method of a request, or of the request a response answers.
    pub fn method(&self) -> &str {
        if self.status().is_some() {
            return self.header("CSeq").split(' ').nth(1).unwrap_or("");
        }
        self.start.split(' ').next().unwrap_or("")
    }

    /// The number in CSeq.
    pub fn sequence(&self) -> u32 {
        self.header("CSeq").split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    /// The user part of the request URI.
    pub fn user(&self) -> &str {
        let uri = self.start.split(' ').nth(1).unwrap_or("");
        uri.trim_start_matches("sip:").split(['@', ';']).next().unwrap_or("")
    }

    /// The address RTP is wanted at, from the body's `c=` and `m=audio` lines.
    pub fn media_address(&self) -> Option<String> {
        let host = self.body.lines().find_map(|line| line.strip_prefix("c=IN IP4 "))?.trim();
        let port = self.body.lines().find_map(|line| line.strip_prefix("m=audio "))?.split(' ').next()?;
        Some(format!("{host}:{port}"))
    }
}

/// The URI inside `<…>` of a Contact, From or To.
pub fn bracketed(value: &str) -> &str {
    match (value.find('<'), value.find('>')) {
        (Some(open), Some(close)) if open < close => &value[open + 1..close],
        _ => value.split(';').next().unwrap_or(value),
    }
}

/// An SDP body that offers or answers µ-law and telephone-event 101.
pub fn description(rtp_port: u16) -> String {
    format!(
        "v=0\r\no=probe 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {rtp_port} RTP/AVP 0 101\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_names_the_method_it_answers() {
        let message = Message::parse(b"SIP/2.0 200 OK\r\nCSeq: 7 BYE\r\n\r\n").unwrap();
        assert_eq!((message.status(), message.method(), message.sequence()), (Some(200), "BYE", 7));
    }

    #[test]
    fn the_media_address_is_read_from_the_body() {
        let text = format!("SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n{}", description(4000));
        assert_eq!(
            Message::parse(text.as_bytes()).unwrap().media_address().as_deref(),
            Some("127.0.0.1:4000")
        );
    }
}
