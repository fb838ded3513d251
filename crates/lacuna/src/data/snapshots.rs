//! Files as they were when they were first opened.
//!
//! What the data of an experiment are is told by their header, and they are read after that: both times
//! from the same bytes. Small files are kept; a large one has to be as long and as old as it was.

use std::fmt;
use std::fs::Metadata;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::unix_lines::open_file;
use crate::problem::Kept;

/// Bytes of a file that is kept.
const SMALL: u64 = 1 << 25;

/// What is known of files that were opened before.
#[derive(Default)]
pub(crate) struct Snapshots(Kept<PathBuf, Snapshot>);

enum Snapshot {
    Bytes(Arc<[u8]>),
    Large(Age),
}

#[derive(Clone, Copy, PartialEq)]
struct Age {
    length: u64,
    modified: Option<SystemTime>,
}

impl Snapshots {
    /// The content of a file as it was the first time.
    ///
    /// # Errors
    /// As [`open_file`], and if a large file has changed since.
    pub(crate) fn open(&self, path: &Path) -> io::Result<Box<dyn BufRead>> {
        match &*self.0.get(path.to_owned(), || Snapshot::of(path))? {
            Snapshot::Bytes(bytes) => Ok(Box::new(Cursor::new(bytes.clone()))),
            Snapshot::Large(before) => {
                let file = open_file(path)?;
                if Age::of(&file.metadata()?) != *before {
                    let message = "it has changed since it was first looked at; run again";
                    return Err(io::Error::other(message));
                }
                Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
            }
        }
    }
}

impl Snapshot {
    fn of(path: &Path) -> io::Result<Self> {
        let mut file = open_file(path)?;
        let age = Age::of(&file.metadata()?);
        if age.length > SMALL {
            return Ok(Self::Large(age));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Self::Bytes(bytes.into()))
    }
}

impl Age {
    fn of(metadata: &Metadata) -> Self {
        Self { length: metadata.len(), modified: metadata.modified().ok() }
    }
}

impl fmt::Debug for Snapshots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Snapshots")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn text(snapshots: &Snapshots, path: &Path) -> io::Result<String> {
        let mut all = String::new();
        snapshots.open(path)?.read_to_string(&mut all)?;
        Ok(all)
    }

    #[test]
    fn a_small_file_is_what_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let snapshots = Snapshots::default();
        assert_eq!(text(&snapshots, &path).unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::write(&path, "x\n1\n").unwrap();
        assert_eq!(text(&snapshots, &path).unwrap(), "x\n1\n");
        fs::write(&path, "x\n2\n").unwrap();
        assert_eq!(text(&snapshots, &path).unwrap(), "x\n1\n");
        fs::remove_file(&path).unwrap();
        assert_eq!(text(&snapshots, &path).unwrap(), "x\n1\n");
    }

    #[test]
    fn a_large_file_that_has_changed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let snapshots = Snapshots::default();
        fs::File::create(&path).unwrap().set_len(SMALL + 1).unwrap();
        snapshots.open(&path).unwrap();
        snapshots.open(&path).unwrap();
        fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(SMALL + 2).unwrap();
        let refused = snapshots.open(&path).err().map(|error| error.to_string());
        assert!(refused.is_some_and(|message| message.contains("has changed")));
    }
}
