//! What was read of the files of a problem, kept: each is read once, when a run is planned, so that a
//! file that is edited, moved or removed while the run goes on changes nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::SavedModel;
use crate::data::{FunctionTable, Measurements, Snapshots, StateData};
use crate::problem::ObservationKind;

/// All that was read, shared by the copies of a problem, in the units of the files.
#[derive(Debug, Default)]
pub(super) struct Reads {
    pub(super) files: Snapshots,
    pub(super) kinds: Kept<String, ObservationKind>,
    /// By files and by how they were read: another problem may read them otherwise.
    pub(super) states: Kept<String, StateData>,
    pub(super) measurements: Kept<String, Measurements>,
    pub(super) tables: Kept<PathBuf, FunctionTable>,
    pub(super) models: Kept<PathBuf, SavedModel>,
}

/// Values by what they were read from.
#[derive(Debug)]
pub(crate) struct Kept<K, T>(Mutex<BTreeMap<K, Arc<T>>>);

impl<K, T> Default for Kept<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord, T> Kept<K, T> {
    /// What is kept of `from`, else what `read` returns.
    pub(crate) fn get<E>(&self, from: K, read: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept().get(&from) {
            return Ok(known.clone());
        }
        // Reading one file may lead to another.
        let value = Arc::new(read()?);
        Ok(kept().entry(from).or_insert(value).clone())
    }
}
