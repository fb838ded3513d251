//! A file as it is read, with "\n" for every end of line ("\r\n", and the "\r" of old), one at its end, and
//! without a byte order mark: lines are then counted alike in all files, and no file is held in memory.

use std::fs::{self, File};
use std::io::{self, BufRead, Read};
use std::path::Path;

use super::Snapshots;
use crate::memory::{available, in_words};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Most memory that a file takes once it is read, relative to its size: a row of short numbers.
const ROOM: f64 = 4.0;

/// Opens a file. A pipe might never end, and a device neither, so they are refused; so are folders.
///
/// # Errors
/// If there is no such file, it is none, cannot be read, or is larger than memory.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    let found = fs::metadata(path)?;
    let kind = found.file_type();
    if kind.is_file() {
        let (needed, free) = (ROOM * found.len() as f64, available());
        if needed > free {
            let message = format!(
                "reading it needs up to {} of memory, and {} are free; give fewer rows, or individuals as \
                 counts in bins",
                in_words(needed),
                in_words(free)
            );
            return Err(io::Error::new(io::ErrorKind::OutOfMemory, message));
        }
        return File::open(path);
    }
    let what = if kind.is_dir() { "a folder" } else { "a pipe or a device" };
    let message = format!("it is {what}, not a file; give the path of a file");
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

/// The text of a file without a byte order mark.
///
/// # Errors
/// As [`open_file`], and if it is not UTF-8.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    open_file(path)?.read_to_end(&mut bytes)?;
    if is_utf_16(&bytes) {
        return Err(encoding("UTF-16"));
    }
    let text = String::from_utf8(bytes).map_err(|_| encoding("another encoding than UTF-8"))?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

fn encoding(found: &str) -> io::Error {
    let message = format!("it is written in {found}; save it as UTF-8");
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// Whether bytes begin as text of two bytes a character does.
fn is_utf_16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=255, ..] | [1..=255, 0, ..])
}

pub(super) struct UnixLines<R> {
    source: R,
    /// Whether the last byte was a "\r", which an "\n" would belong to.
    returned: bool,
    /// Whether the last end of line was given out.
    ended: bool,
}

impl UnixLines<Box<dyn BufRead>> {
    /// Of a file, as `snapshots` know it if there are any.
    pub(super) fn open(path: &Path, snapshots: Option<&Snapshots>) -> io::Result<Self> {
        Self::new(match snapshots {
            Some(snapshots) => snapshots.open(path)?,
            None => Snapshots::default().open(path)?,
        })
    }
}

impl<R: BufRead> UnixLines<R> {
    fn new(mut source: R) -> io::Result<Self> {
        let start = source.fill_buf()?;
        if is_utf_16(start) {
            return Err(encoding("UTF-16"));
        }
        if start.starts_with(BYTE_ORDER_MARK) {
            source.consume(BYTE_ORDER_MARK.len());
        }
        Ok(Self { source, returned: false, ended: false })
    }
}

impl<R: BufRead> Read for UnixLines<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let available = self.source.fill_buf()?;
            if available.is_empty() {
                if out.is_empty() || std::mem::replace(&mut self.ended, true) {
                    return Ok(0);
                }
                out[0] = b'\n';
                return Ok(1);
            }
            let (mut taken, mut written) = (0, 0);
            for &byte in available {
                if written == out.len() {
                    break;
                }
                taken += 1;
                let after_return = std::mem::replace(&mut self.returned, byte == b'\r');
                if after_return && byte == b'\n' {
                    continue;
                }
                out[written] = if byte == b'\r' { b'\n' } else { byte };
                written += 1;
            }
            self.source.consume(taken);
            if written > 0 || out.is_empty() {
                return Ok(written);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn read(text: &[u8], capacity: usize) -> String {
        let mut all = String::new();
        let source = BufReader::with_capacity(capacity, text);
        UnixLines::new(source).unwrap().read_to_string(&mut all).unwrap();
        all
    }

    #[test]
    fn lines_end_alike_wherever_the_buffer_ends() {
        for capacity in 3..12 {
            assert_eq!(read(b"\xef\xbb\xbfx,u\r\n1,2\r\n", capacity), "x,u\n1,2\n\n");
            assert_eq!(read(b"x\ny\r\rz\r", capacity), "x\ny\n\nz\n\n");
            assert_eq!(read(b"", capacity), "\n");
        }
    }

    #[test]
    fn what_is_no_text_in_utf_8_is_refused() {
        for text in [&b"\xff\xfex\0"[..], b"\xfe\xff\0x", b"x\0,\0", b"\0x\0,"] {
            let refused = UnixLines::new(text).err().map(|error| error.to_string());
            assert!(refused.is_some_and(|message| message.contains("UTF-16")), "{text:?}");
        }
        assert_eq!(read(b"x", 4), "x\n");
    }
}
