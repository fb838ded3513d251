//! The folder in which a run leaves its results.
//!
//! A run holds the folder alone: it locks the file `.lacuna`, and the system lifts the lock however the run
//! ends. What it writes is set aside (`.lacuna-new/`) and put in its place when it is all there, each file by
//! renaming it, `summary.json` last. `.lacuna` lists the files that runs have put there (`+ path`) or taken
//! away (`- path`): results of an earlier run are replaced as a whole, and what is no run's is left alone.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::output::make_dir;
use crate::{Error, Result};

const JOURNAL: &str = ".lacuna";
const SET_ASIDE: &str = ".lacuna-new";
/// Where results go: nothing else in a folder is touched, or looked at.
const OWN: [&str; 11] = [
    "functions",
    "states",
    "plots",
    "branches.csv",
    "design.json",
    "diagnosis.json",
    "model.json",
    "points.csv",
    "predictions.csv",
    "report.html",
    LAST,
];
/// The file that says that all others are there.
const LAST: &str = "summary.json";

/// A folder that this run alone writes into.
#[derive(Debug)]
pub struct ResultsFolder {
    folder: PathBuf,
    journal: File,
    /// Files of earlier runs, until they are replaced; relative to the folder, as are the others.
    earlier: BTreeSet<PathBuf>,
    not_finite: Vec<PathBuf>,
}

/// Why a folder cannot take the results of a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FolderFault {
    /// Another run writes into it.
    #[error(
        "another run is writing into this folder; wait until it has ended, or choose another with --out"
    )]
    InUse,
    /// There is a file of somebody else's in the place of results.
    #[error(
        "was not written here by lacuna and would be replaced; move it away, choose another folder with --out, or give --overwrite"
    )]
    Foreign,
    /// A file that the run reads is in the place of results.
    #[error(
        "is read by this run and would be replaced by its results; choose another folder with --out"
    )]
    Input,
}

impl ResultsFolder {
    /// Makes the folder if needed and claims it for this run. `inputs` are the files that the run reads;
    /// with `overwrite` files that no run has written may be replaced too.
    ///
    /// # Errors
    /// If another run has claimed it, or something is in the place of results that is not to be replaced.
    pub fn open(folder: &Path, inputs: &[PathBuf], overwrite: bool) -> Result<Self> {
        make_dir(folder)?;
        let path = folder.join(JOURNAL);
        if !path.exists() {
            // Where there is something else nothing is left behind.
            claimable(folder, &BTreeSet::new(), inputs, overwrite)?;
        }
        let unwritable = |source| Error::Write { path: path.clone(), source };
        let options = OpenOptions::new().create(true).append(true).read(true).to_owned();
        let journal = options.open(&path).map_err(unwritable)?;
        // File systems without locks are trusted to have one run at a time.
        if let Err(TryLockError::WouldBlock) = journal.try_lock() {
            return Err(Error::Folder { path: folder.to_owned(), fault: FolderFault::InUse });
        }
        let listed = listed(&fs::read_to_string(&path).unwrap_or_default());
        let earlier = claimable(folder, &listed, inputs, overwrite)?;
        let aside = folder.join(SET_ASIDE);
        // Of a run that was killed.
        match fs::remove_dir_all(&aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::Write { path: aside, source: error });
            }
            _ => {}
        }
        make_dir(&aside)?;
        Ok(Self { folder: folder.to_owned(), journal, earlier, not_finite: Vec::new() })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Where results are written until they are [put in place](Self::put_in_place).
    pub fn aside(&self) -> PathBuf {
        self.folder.join(SET_ASIDE)
    }

    /// Tables put in their places so far that hold a number that is not finite.
    pub fn not_finite(&self) -> &[PathBuf] {
        &self.not_finite
    }

    /// Puts all that was set aside in its place. The first time it takes away what earlier runs have left.
    ///
    /// # Errors
    /// If a file cannot be put there: what was set aside is then still there.
    pub fn put_in_place(&mut self) -> Result<()> {
        let mut new: Vec<PathBuf> = files_in(&self.aside(), Path::new(""));
        new.sort_by_key(|file| file == Path::new(LAST));
        let mut entries: String =
            new.iter().map(|file| format!("+ {}\n", file.display())).collect();
        let earlier = std::mem::take(&mut self.earlier);
        if earlier.contains(Path::new(LAST)) {
            // From here on the folder does not claim to be complete.
            self.remove(Path::new(LAST))?;
        }
        self.note(&entries)?;
        let aside = self.aside();
        let bad = new.iter().filter(|file| is_not_finite(&aside.join(file)));
        self.not_finite.extend(bad.cloned());
        for file in &new {
            let (from, to) = (self.aside().join(file), self.folder.join(file));
            if let Some(parent) = to.parent() {
                make_dir(parent)?;
            }
            fs::rename(&from, &to).map_err(|source| Error::Write { path: to, source })?;
        }
        entries.clear();
        for file in earlier.iter().filter(|file| !new.contains(*file)) {
            self.remove(file)?;
            entries += &format!("- {}\n", file.display());
            // A folder that is empty now.
            let _ = file.parent().map(|parent| fs::remove_dir(self.folder.join(parent)));
        }
        self.note(&entries)
    }

    fn remove(&self, file: &Path) -> Result<()> {
        let path = self.folder.join(file);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(Error::Write { path, source })
            }
            _ => Ok(()),
        }
    }

    fn note(&mut self, entries: &str) -> Result<()> {
        let noted = self.journal.write_all(entries.as_bytes());
        noted.map_err(|source| Error::Write { path: self.folder.join(JOURNAL), source })
    }
}

impl Drop for ResultsFolder {
    fn drop(&mut self) {
        // Empty, unless something went wrong: then it holds results.
        let _ = fs::remove_dir(self.aside());
        for kind in ["functions", "states", "plots"] {
            let _ = fs::remove_dir(self.aside().join(kind));
        }
        let _ = fs::remove_dir(self.aside());
    }
}

/// Whether a CSV file holds a number that is not finite.
fn is_not_finite(path: &Path) -> bool {
    let is_table = path.extension().is_some_and(|extension| extension == "csv");
    let text = if is_table { fs::read_to_string(path).unwrap_or_default() } else { String::new() };
    let is_bad = |cell: &str| matches!(cell, "NaN" | "inf" | "-inf");
    text.lines().any(|line| line.split(',').any(is_bad))
}

/// The files that a journal says runs have put there.
fn listed(journal: &str) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    for line in journal.lines() {
        match line.split_at_checked(2) {
            Some(("+ ", file)) => drop(files.insert(file.into())),
            Some(("- ", file)) => drop(files.remove(Path::new(file))),
            _ => {}
        }
    }
    files
}

/// The files in the place of results, if all may be replaced.
fn claimable(
    folder: &Path,
    listed: &BTreeSet<PathBuf>,
    inputs: &[PathBuf],
    overwrite: bool,
) -> Result<BTreeSet<PathBuf>> {
    let inputs: Vec<PathBuf> = inputs.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut found = BTreeSet::new();
    for own in OWN {
        found.extend(files_in(folder, Path::new(own)));
    }
    for file in &found {
        let path = folder.join(file);
        let refused = |fault| Err(Error::Folder { path: path.clone(), fault });
        if path.canonicalize().is_ok_and(|path| inputs.contains(&path)) {
            return refused(FolderFault::Input);
        }
        if !overwrite && !listed.contains(file) {
            return refused(FolderFault::Foreign);
        }
    }
    Ok(found)
}

/// `own` of `folder`, or all files below it, relative to `folder`.
fn files_in(folder: &Path, own: &Path) -> Vec<PathBuf> {
    let path = folder.join(own);
    match fs::symlink_metadata(&path) {
        Err(_) => Vec::new(),
        Ok(found) if found.is_dir() => {
            let entries = fs::read_dir(&path).into_iter().flatten().flatten();
            entries.flat_map(|entry| files_in(folder, &own.join(entry.file_name()))).collect()
        }
        Ok(_) => vec![own.to_owned()],
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn write(folder: &ResultsFolder, file: &str, text: &str) {
        let path = folder.aside().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn run(path: &Path, files: &[&str]) -> Result<()> {
        let mut folder = ResultsFolder::open(path, &[], false)?;
        files.iter().for_each(|file| write(&folder, file, "new"));
        folder.put_in_place()
    }

    fn found(path: &Path) -> Vec<String> {
        let name = |file: PathBuf| file.to_string_lossy().into_owned();
        let mut found: Vec<String> = files_in(path, Path::new("")).into_iter().map(name).collect();
        found.retain(|file| file != JOURNAL);
        found.sort();
        found
    }

    #[test]
    fn results_replace_those_of_the_run_before_and_nothing_else() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = &folder.path().join("out");
        run(path, &["summary.json", "functions/W.csv", "functions/V.csv"]).unwrap();
        fs::write(path.join("notes.txt"), "mine").unwrap();
        run(path, &["summary.json", "functions/V.csv", "plots/V.svg"]).unwrap();
        assert_eq!(found(path), ["functions/V.csv", "notes.txt", "plots/V.svg", "summary.json"]);
        run(path, &["design.json"]).unwrap();
        assert_eq!(found(path), ["design.json", "notes.txt"]);
        assert!(!path.join("functions").exists() && !path.join(SET_ASIDE).exists());
    }

    #[test]
    fn what_others_have_put_there_is_refused() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path();
        fs::create_dir(path.join("plots")).unwrap();
        fs::write(path.join("plots/mine.svg"), "mine").unwrap();
        let refusal = run(path, &["summary.json"]).unwrap_err();
        assert!(refusal.to_string().contains("plots/mine.svg: was not written here"), "{refusal}");
        assert_eq!(found(path), ["plots/mine.svg"], "and nothing is left behind");
        assert!(!path.join(JOURNAL).exists());
        let mut overwriting = ResultsFolder::open(path, &[], true).unwrap();
        write(&overwriting, "summary.json", "new");
        overwriting.put_in_place().unwrap();
        drop(overwriting);
        assert_eq!(found(path), ["summary.json"]);
        let input = [path.join("summary.json")];
        let refusal = ResultsFolder::open(path, &input, true).map(drop).unwrap_err();
        assert!(refusal.to_string().contains("is read by this run"), "{refusal}");
    }

    #[test]
    fn two_runs_do_not_share_a_folder() {
        let folder = tempfile::TempDir::new().unwrap();
        let first = ResultsFolder::open(folder.path(), &[], false).unwrap();
        let refusal = ResultsFolder::open(folder.path(), &[], false).map(drop).unwrap_err();
        assert!(refusal.to_string().contains("another run"), "{refusal}");
        assert!(refusal.is_invalid_input());
        drop(first);
        run(folder.path(), &["summary.json"]).unwrap();
    }

    /// As a run leaves it that was killed while it put its files in their places.
    #[test]
    fn files_of_a_run_that_was_killed_are_no_obstacle() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path();
        fs::write(path.join(JOURNAL), "+ model.json\n+ summary.json\n").unwrap();
        fs::write(path.join("model.json"), "{}").unwrap();
        fs::create_dir_all(path.join(SET_ASIDE).join("states")).unwrap();
        fs::write(path.join(SET_ASIDE).join("states/1.csv"), "x").unwrap();
        run(path, &["summary.json"]).unwrap();
        assert_eq!(found(path), ["summary.json"]);
    }
}
