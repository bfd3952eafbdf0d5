//! Server-Sent Events, from bytes as they come.
//!
//! Our own, and not a crate's, for three reasons: a line has a greatest length here, an error never holds what came,
//! and a last event without its empty line still counts, since servers leave it out.

use bytes::{Buf as _, Bytes, BytesMut};

use super::response::Malformed;

/// What an event says. Its id plays no part in chat completions.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The lines of the field `data`.
    Data(String),
    /// The data of an event of the type `error`, or the value of a field `error`, in which some versions of llama.cpp tell
    /// an error within the stream.
    Error(String),
    /// A line of JSON without a field's name: some gateways write an error so.
    Bare(String),
}

/// Takes bytes however they were split and gives whole events.
pub(super) struct Events {
    unread: BytesMut,
    /// So many bytes of `unread` are known to hold no end of line.
    searched: usize,
    /// The last line ended with a carriage return, so that a line feed which follows belongs to it.
    after_return: bool,
    at_start: bool,
    data: Option<String>,
    /// The event that is being read is of the type `error`.
    is_error: bool,
    /// The most bytes of a line, and of an event's data.
    limit: usize,
}

impl Events {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            unread: BytesMut::new(),
            searched: 0,
            after_return: false,
            at_start: true,
            data: None,
            is_error: false,
            limit,
        }
    }

    /// More bytes have come.
    pub(super) fn push(&mut self, bytes: &Bytes) {
        self.unread.extend_from_slice(bytes);
    }

    /// The next whole event, if it is there yet.
    pub(super) fn next(&mut self) -> Result<Option<Event>, Malformed> {
        while let Some(line) = self.next_line()? {
            if let Some(event) = self.take_line(&line)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// What is left when no more bytes come: an event whose empty line, or whose last end of line, is missing.
    pub(super) fn finish(&mut self) -> Result<Option<Event>, Malformed> {
        if !self.unread.is_empty() {
            let line = self.unread.split();
            // A line that was cut within a character is no line; what it would have said is lost with it.
            if let Ok(line) = std::str::from_utf8(&line) {
                let event = self.take_line(line)?;
                if event.is_some() {
                    return Ok(event);
                }
            }
        }
        Ok(self.take_event())
    }

    fn take_event(&mut self) -> Option<Event> {
        let is_error = std::mem::take(&mut self.is_error);
        let data = self.data.take()?;
        Some(if is_error {
            Event::Error(data)
        } else {
            Event::Data(data)
        })
    }

    fn next_line(&mut self) -> Result<Option<String>, Malformed> {
        if self.after_return && !self.unread.is_empty() {
            if self.unread.starts_with(b"\n") {
                self.unread.advance(1);
            }
            self.after_return = false;
        }
        let end = self
            .unread
            .iter()
            .skip(self.searched)
            .position(|&byte| byte == b'\n' || byte == b'\r');
        let Some(end) = end.map(|end| end + self.searched) else {
            self.searched = self.unread.len();
            return if self.searched > self.limit {
                Err(Malformed::TooLong)
            } else {
                Ok(None)
            };
        };
        self.searched = 0;
        let line = self.unread.split_to(end);
        self.after_return = self.unread.starts_with(b"\r");
        self.unread.advance(1);
        if line.len() > self.limit {
            return Err(Malformed::TooLong);
        }
        let line = std::str::from_utf8(&line).map_err(|_| Malformed::NotUtf8)?;
        let line = if std::mem::take(&mut self.at_start) {
            line.trim_start_matches('\u{feff}')
        } else {
            line
        };
        Ok(Some(line.to_owned()))
    }

    /// One line without its end; an event, if the line ends one.
    fn take_line(&mut self, line: &str) -> Result<Option<Event>, Malformed> {
        if line.is_empty() {
            return Ok(self.take_event());
        }
        if line.starts_with('{') {
            return Ok(Some(Event::Bare(line.to_owned())));
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                match &mut self.data {
                    None => self.data = Some(value.to_owned()),
                    Some(data) if data.len() + value.len() < self.limit => {
                        data.push('\n');
                        data.push_str(value);
                    }
                    Some(_) => return Err(Malformed::TooLong),
                }
                Ok(None)
            }
            "event" => {
                self.is_error = value.trim().eq_ignore_ascii_case("error");
                Ok(None)
            }
            "error" => Ok(Some(Event::Error(value.to_owned()))),
            // The empty name is a comment, which keeps the connection alive.
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All events, when the bytes come in pieces of `size`.
    fn events_in_pieces(bytes: &[u8], size: usize) -> Vec<Event> {
        let mut events = Events::new(1000);
        let mut all = Vec::new();
        for piece in bytes.chunks(size) {
            events.push(&Bytes::copy_from_slice(piece));
            while let Some(event) = events.next().unwrap() {
                all.push(event);
            }
        }
        all.extend(events.finish().unwrap());
        all
    }

    fn data(text: &str) -> Event {
        Event::Data(text.to_owned())
    }

    #[test]
    fn events_are_the_same_however_their_bytes_are_split() {
        let bytes = "\u{feff}data: 김\r\n\r\n: ping\r\n\r\nid: 3\r\ndata:a\ndata: b\n\n\rdata: c\r\rdata\n\nevent: x\n\ndata: d"
            .as_bytes();
        let expected = [data("김"), data("a\nb"), data("c"), data(""), data("d")];
        for size in 1..=bytes.len() {
            assert_eq!(
                events_in_pieces(bytes, size),
                expected,
                "in pieces of {size}"
            );
        }
    }

    #[test]
    fn an_error_field_is_an_event_at_once() {
        assert_eq!(
            events_in_pieces(b"error: {}\n", 3),
            [Event::Error("{}".to_owned())]
        );
        assert_eq!(
            events_in_pieces(b"error: {}", 3),
            [Event::Error("{}".to_owned())]
        );
    }

    #[test]
    fn an_event_of_the_type_error_is_one_and_its_type_ends_with_it() {
        let bytes = b"event: error\ndata: x\n\ndata: y\n\nevent: error\n\ndata: z\n\ndata: u\nevent:ERROR\n\n{\"a\":1}\n";
        for size in 1..=bytes.len() {
            assert_eq!(
                events_in_pieces(bytes, size),
                [
                    Event::Error("x".to_owned()),
                    data("y"),
                    data("z"),
                    Event::Error("u".to_owned()),
                    Event::Bare("{\"a\":1}".to_owned()),
                ]
            );
        }
    }

    #[test]
    fn a_line_or_an_event_that_is_too_long_is_refused_before_it_is_kept() {
        let mut events = Events::new(10);
        events.push(&Bytes::from_static(b"data: 123456789"));
        assert!(matches!(events.next(), Err(Malformed::TooLong)));

        let mut events = Events::new(10);
        events.push(&Bytes::from_static(b"data: 1234\ndata: 1234\ndata: 1234\n"));
        assert!(matches!(events.next(), Err(Malformed::TooLong)));
    }

    #[test]
    fn a_line_that_is_not_utf8_is_refused() {
        let mut events = Events::new(10);
        events.push(&Bytes::from_static(b"data: \xff\n"));
        assert!(matches!(events.next(), Err(Malformed::NotUtf8)));
    }
}
