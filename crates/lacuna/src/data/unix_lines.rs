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
        Ok(Self { source, waiting: false, ended: false })
    }
}

impl<R: BufRead> Read for UnixLines<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        // Two bytes of room: a "\r" that was waiting, and what follows it.
        while written + 2 <= out.len() && written == 0 && !self.ended {
            let bytes = self.source.fill_buf()?;
            if bytes.is_empty() {
                self.ended = true;
                if std::mem::take(&mut self.waiting) {
                    out[written] = b'\r';
                    written += 1;
                }
                out[written] = b'\n';
                written += 1;
                break;
            }
            let mut taken = 0;
            while taken < bytes.len() && written + 2 <= out.len() {
                let byte = bytes[taken];
                taken += 1;
                if std::mem::take(&mut self.waiting) && byte != b'\n' {
                    out[written] = b'\r';
                    written += 1;
                }
                if byte == b'\r' {
                    self.waiting = true;
                } else {
                    out[written] = byte;
                    written += 1;
                }
            }
            self.source.consume(taken);
        }
        Ok(written)
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
