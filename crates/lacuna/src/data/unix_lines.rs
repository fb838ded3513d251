//! A file as it is read, with "\n" for every "\r\n", one at its end, and without a byte order mark: lines
//! are then counted alike in all files, and no file is held in memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub(super) struct UnixLines<R> {
    source: R,
    /// Whether a "\r" was read of which it is not known what follows.
    waiting: bool,
    /// A byte that follows one just given out.
    held: Option<u8>,
    /// Whether the last end of line was given out.
    ended: bool,
}

impl UnixLines<BufReader<File>> {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Self::new(BufReader::new(File::open(path)?))
    }
}

impl<R: BufRead> UnixLines<R> {
    fn new(mut source: R) -> io::Result<Self> {
        if source.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
            source.consume(BYTE_ORDER_MARK.len());
        }
        Ok(Self { source, waiting: false, held: None, ended: false })
    }
}

impl<R: BufRead> UnixLines<R> {
    /// The next byte of the text with its ends of line as they are given out.
    fn next_byte(&mut self) -> io::Result<Option<u8>> {
        loop {
            if let Some(byte) = self.held.take() {
                return Ok(Some(byte));
            }
            let Some(&byte) = self.source.fill_buf()?.first() else {
                if std::mem::replace(&mut self.ended, true) {
                    return Ok(None);
                }
                if std::mem::take(&mut self.waiting) {
                    self.held = Some(b'\n');
                    return Ok(Some(b'\r'));
                }
                return Ok(Some(b'\n'));
            };
            self.source.consume(1);
            let waited = std::mem::replace(&mut self.waiting, byte == b'\r');
            match (waited, byte) {
                (true, b'\n') => return Ok(Some(b'\n')),
                (true, b'\r') => return Ok(Some(b'\r')),
                (true, _) => {
                    self.held = Some(byte);
                    return Ok(Some(b'\r'));
                }
                (false, b'\r') => {}
                (false, _) => return Ok(Some(byte)),
            }
        }
    }
}

impl<R: BufRead> Read for UnixLines<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        for (written, place) in out.iter_mut().enumerate() {
            match self.next_byte()? {
                Some(byte) => *place = byte,
                None => return Ok(written),
            }
        }
        Ok(out.len())
    }
}

#[cfg(test)]
mod tests {
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
            assert_eq!(read(b"x\ny\r\rz\r", capacity), "x\ny\r\rz\r\n");
            assert_eq!(read(b"", capacity), "\n");
        }
    }
}
