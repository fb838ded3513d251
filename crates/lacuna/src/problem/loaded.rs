//! A problem together with where it comes from.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fault::Located;
use super::reads::Reads;
use super::validate::check_use;
use super::{
    ExperimentSpec, FunctionSpec, Locations, ObservationKind, Problem, ProblemFault, Section,
    Source, TableFormat, TablePoints,
};
use crate::contradictions::{contradictions, normalised};
use crate::data::{
    DataFault, Extent, FunctionTable, MeasurementKind, Measurements, Noise, Reading, StateData,
    kind_of, read_function_table,
};
use crate::units::{Units, choose};
use crate::{Error, Place, Result, SavedModel};

/// A problem, the folder its paths are relative to, and where its keys stand.
///
/// It is made in the units it was given in. Every job first brings it into [units](Units) of its own
/// ([`in_computing_units`](Self::in_computing_units)): then `problem` and the data that are read are
/// in those, and [`given`](Self::given) still is as it was.
#[derive(Clone, Debug)]
pub struct LoadedProblem {
    /// The problem, in `units`.
    pub problem: Problem,
    /// What `problem` and data are in.
    pub units: Units,
    /// The folder of the problem file.
    pub base_dir: PathBuf,
    /// Where its keys stand in the problem file.
    pub locations: Locations,
    /// States given in memory, as they were given, by experiment (from 0); the others are read from
    /// files.
    pub states: BTreeMap<usize, StateData>,
    /// The problem as it was given, once `problem` is in other units.
    given: Option<Arc<Problem>>,
    /// The text of its file; empty if there is none.
    text: Arc<str>,
    /// Saved models that it is part of, the outermost first.
    within: Vec<PathBuf>,
    /// What was read of its files.
    reads: Arc<Reads>,
}

impl LoadedProblem {
    /// A problem made in memory, with its data in `base_dir`.
    ///
    /// # Errors
    /// If it is not valid.
    pub fn new(problem: Problem, base_dir: impl Into<PathBuf>) -> Result<Self> {
        problem.validate()?;
        Ok(Self::made(problem, base_dir.into(), Locations::none(), ""))
    }

    /// A problem that was checked.
    pub(super) fn made(
        problem: Problem,
        base_dir: PathBuf,
        locations: Locations,
        text: &str,
    ) -> Self {
        let (units, states, given) = (Units::default(), BTreeMap::new(), None);
        let (text, within, reads) = (text.into(), Vec::new(), Arc::default());
        Self { problem, units, base_dir, locations, states, given, text, within, reads }
    }

    /// A problem that is part of saved models, the outermost first.
    pub(crate) fn in_models(self, within: Vec<PathBuf>) -> Self {
        Self { within, ..self }
    }

    /// The text of the problem file; empty if it comes from none.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every file that it names, itself included.
    pub fn files(&self) -> Vec<PathBuf> {
        let Problem { functions, truth, experiments, .. } = self.given();
        let known = functions.values().filter_map(|function| match function {
            FunctionSpec::Known(source) => Some(source),
            FunctionSpec::Unknown(_) => None,
        });
        let of_source = |source| match source {
            &Source::Table(ref path) | &Source::Model(ref path) => Some(path),
            Source::Expression(_) | Source::Points(_) | Source::Saved(_) => None,
        };
        let sources = known.chain(truth.values()).filter_map(of_source);
        let data = experiments.iter().flat_map(|experiment| &experiment.data);
        let own = (!self.text.is_empty()).then(|| self.locations.file().to_owned());
        own.into_iter().chain(data.chain(sources).map(|path| self.resolve(path))).collect()
    }

    /// The problem as it was given.
    pub fn given(&self) -> &Problem {
        self.given.as_deref().unwrap_or(&self.problem)
    }

    /// The same in the units that suit it; itself if it is in such units already.
    ///
    /// # Errors
    /// If a table or a saved model that tells them cannot be read.
    pub fn in_computing_units(&self) -> Result<Cow<'_, Self>> {
        match self.given {
            Some(_) => Ok(Cow::Borrowed(self)),
            None => Ok(Cow::Owned(self.in_units(choose(self)?))),
        }
    }

    /// The same, to be computed in the units it was given in: for those who compute with parts of a
    /// [`Setup`](crate::Setup) themselves.
    #[must_use]
    pub fn as_given(&self) -> Self {
        self.in_units(Units::default())
    }

    /// The same in `units`.
    #[must_use]
    pub fn in_units(&self, units: Units) -> Self {
        let given = Arc::new(self.given().clone());
        Self { problem: units.problem(&given), units, given: Some(given), ..self.clone() }
    }

    /// Another problem, as given, in the place of this one, in the same units.
    pub(crate) fn with_given(&self, problem: Problem) -> Self {
        match self.given {
            Some(_) => Self { problem, given: None, ..self.clone() }.in_units(self.units),
            None => Self { problem, ..self.clone() },
        }
    }

    /// An error at a key such as `functions.W` or `experiments.0.data`.
    pub fn error(&self, key: &str, fault: ProblemFault) -> Error {
        self.locations.error(Located::new(key, fault))
    }

    /// Where a key stands in the problem file.
    pub fn place(&self, key: &str) -> Place {
        self.locations.place(key)
    }

    /// A path of the problem file, relative to the current folder.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.base_dir.join(path)
    }

    /// The same, of a file that has to exist; `key` is where the problem names it.
    ///
    /// # Errors
    /// If it does not.
    pub fn require_file(&self, path: &Path, key: &str) -> Result<PathBuf> {
        let path = self.resolve(path);
        if path.exists() {
            return Ok(path);
        }
        Err(self.error(key, ProblemFault::NoDataFile { path }))
    }

    /// Checks that there is something to recover and data to recover it from.
    ///
    /// # Errors
    /// If no function or scalar is unknown, there is no experiment, or one has no data.
    pub fn require_recoverable(&self) -> Result<()> {
        let problem = &self.problem;
        if problem.unknowns().is_empty() {
            return Err(self.error("", ProblemFault::NothingUnknown));
        }
        if problem.experiments.is_empty() {
            return Err(self.error("", ProblemFault::NoExperiments));
        }
        for (i, experiment) in problem.experiments.iter().enumerate() {
            if experiment.data.is_empty() && !self.states.contains_key(&i) {
                let key = format!("experiments.{i}");
                let section = Section::new(&key);
                return Err(self.error(&key, ProblemFault::NoData { section }));
            }
        }
        Ok(())
    }

    /// Reads the observed state of an experiment (from 0), if it has one.
    ///
    /// # Errors
    /// If the file does not exist, its content cannot be used, or it holds no values of the state.
    pub fn read_state(&self, experiment: usize) -> Result<Option<StateData>> {
        Ok(self.read_state_as_given(experiment)?.map(|state| self.units.state(state)))
    }

    /// The same in the units of the problem.
    pub(crate) fn read_state_as_given(&self, experiment: usize) -> Result<Option<StateData>> {
        if let Some(state) = self.states.get(&experiment) {
            return Ok(Some(state.clone()));
        }
        let files = self.data_files(experiment);
        if files.is_empty() {
            return Ok(None);
        }
        let given = self.given();
        let (extent, format) = (given.domain.extent(), self.format(&given.experiments[experiment]));
        let from = format!("{files:?} {extent:?} {format:?}");
        let read = || self.read_state_files(experiment, &files, &extent, format);
        self.reads.states.get(from, read).map(|state| Some(Arc::unwrap_or_clone(state)))
    }

    /// Reads a state that is no part of the problem, from which a search starts.
    pub(crate) fn read_start(&self, path: &Path) -> Result<StateData> {
        let extent = self.given().domain.extent();
        let read = || StateData::read(path, &extent);
        self.reads.states.get(format!("start {path:?} {extent:?}"), read).map(Arc::unwrap_or_clone)
    }

    fn read_state_files(
        &self,
        experiment: usize,
        files: &[PathBuf],
        extent: &Extent,
        format: TableFormat<'_>,
    ) -> Result<StateData> {
        self.require_data(experiment, files)?;
        let first = &files[0];
        let found = self.observation_kind(experiment, files)?;
        if found != ObservationKind::Values {
            return Err(data_error(first, DataFault::NotValues { found }));
        }
        if files.len() == 1 {
            return StateData::read_as(first, extent, format);
        }
        // Values are checked row by row here, as a whole below.
        let density = self.problem.model.kind.is_density();
        let reading = Reading { kind: found, noise: None, exposure: None, density, extent, format };
        let MeasurementKind::Values { x, u, noise } = reading.read(files)?.kind else {
            return Err(data_error(first, DataFault::NotValues { found }));
        };
        let sd = match noise {
            Noise::Known(sd) => Some(sd),
            _ => None,
        };
        let names: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
        StateData::from_points(&names.join(", "), x, u, sd, extent)
    }

    /// Reads what was observed in an experiment (from 0); none if it has no data.
    ///
    /// # Errors
    /// If a file does not exist, its content cannot be used, or keys of the experiment make no
    /// sense for it.
    pub fn read_measurements(&self, experiment: usize) -> Result<Option<Measurements>> {
        let Some(spec) = self.given().experiments.get(experiment) else { return Ok(None) };
        let (extent, exposure) = (self.given().domain.extent(), spec.exposure);
        let key = format!("experiments.{experiment}");
        let (state, files) = match self.states.get(&experiment) {
            Some(state) => (Some(state), Vec::new()),
            None => (None, self.data_files(experiment)),
        };
        let kind = self.observation_kind(experiment, &files)?;
        check_use(&key, spec, kind, self.problem.model.kind)
            .map_err(|l| self.locations.error(l))?;
        let density = self.problem.model.kind.is_density();
        let (noise, format) = (spec.noise, self.format(spec));
        let reading = Reading { kind, noise, exposure, density, extent: &extent, format };
        let measured = match state {
            Some(state) => reading.measurements_of(state)?,
            None if files.is_empty() => return Ok(None),
            None => {
                let read = || reading.read(&files);
                let read = self.reads.measurements.get(format!("{files:?} {reading:?}"), read)?;
                Arc::unwrap_or_clone(read)
            }
        };
        let mut remarks = measured.remarks.clone();
        remarks.extend(contradictions(self, experiment, &measured)?);
        let measured = Measurements { remarks, ..normalised(self, experiment, measured) };
        Ok(Some(self.units.measurements(measured)))
    }

    /// What the data of an experiment are: as it says, else as the columns of all its files say.
    fn observation_kind(&self, experiment: usize, files: &[PathBuf]) -> Result<ObservationKind> {
        let Some(spec) = self.problem.experiments.get(experiment) else {
            return Ok(ObservationKind::Values);
        };
        let mut kind = spec.observation;
        if kind.is_none() {
            for file in files {
                let format = self.format(spec);
                let found = *self.reads.kinds.get(format!("{file:?} {format:?}"), || {
                    self.require_data(experiment, std::slice::from_ref(file))?;
                    kind_of(file, format)
                })?;
                let first = *kind.get_or_insert(found);
                if found != first {
                    return Err(data_error(file, DataFault::Mixed { found, first }));
                }
            }
        }
        Ok(kind.unwrap_or(ObservationKind::Values))
    }

    /// How the tables of an experiment are written.
    fn format<'a>(&'a self, spec: &'a ExperimentSpec) -> TableFormat<'a> {
        TableFormat { snapshots: Some(&self.reads.files), ..spec.format() }
    }

    /// The data files of an experiment.
    fn data_files(&self, experiment: usize) -> Vec<PathBuf> {
        let files = self.problem.experiments.get(experiment).map_or(&[][..], |e| &e.data);
        files.iter().map(|file| self.resolve(file)).collect()
    }

    /// Checks that these data files of an experiment exist.
    fn require_data(&self, experiment: usize, files: &[PathBuf]) -> Result<()> {
        match files.iter().find(|file| !file.exists()) {
            None => Ok(()),
            Some(path) => {
                let fault = ProblemFault::NoDataFile { path: path.clone() };
                Err(self.error(&format!("experiments.{experiment}.data"), fault))
            }
        }
    }

    /// What was measured in every experiment that has data.
    ///
    /// # Errors
    /// If a file does not exist or its content cannot be used.
    pub fn measurements(&self) -> Result<Vec<Measurements>> {
        let experiments = 0..self.problem.experiments.len();
        experiments.filter_map(|e| self.read_measurements(e).transpose()).collect()
    }

    /// The points of a tabulated function, read from its file if they are not in the problem;
    /// `key` is where the problem names it. None if `source` is not a table.
    ///
    /// # Errors
    /// If the file does not exist or its content cannot be used.
    pub fn read_table(&self, source: &Source, key: &str) -> Result<Option<FunctionTable>> {
        match source {
            Source::Table(path) => {
                let read = || read_function_table(&self.require_file(path, key)?);
                let table = self.reads.tables.get(self.resolve(path), read)?;
                Ok(Some(Arc::unwrap_or_clone(table)))
            }
            Source::Points(points) => {
                let place = self.place(key);
                FunctionTable::new(place, points.x.clone(), points.value.clone()).map(Some)
            }
            Source::Expression(_) | Source::Model(_) | Source::Saved(_) => Ok(None),
        }
    }

    /// The saved model that a function comes from, read from its file if it is not in the problem;
    /// `key` is where the problem names it. None if `source` is none.
    ///
    /// # Errors
    /// If the file does not exist, cannot be used, or leads back to itself.
    pub(crate) fn read_model(&self, source: &Source, key: &str) -> Result<Option<Arc<SavedModel>>> {
        match source {
            Source::Model(path) => {
                let read = || SavedModel::read_within(&self.require_file(path, key)?, &self.within);
                self.reads.models.get(self.resolve(path), read).map(Some)
            }
            Source::Saved(model) => Ok(Some(model.clone())),
            Source::Expression(_) | Source::Table(_) | Source::Points(_) => Ok(None),
        }
    }

    /// The file of the saved model `source`, for messages; the problem's own if it holds the model.
    pub(crate) fn model_file(&self, source: &Source, key: &str) -> PathBuf {
        match source {
            Source::Model(path) => self.resolve(path),
            _ => self.place(key).file,
        }
    }

    /// The problem with the points of its tables and the saved models it calls in the place of their
    /// paths, for `model.json`.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn self_contained(&self) -> Result<Problem> {
        let mut problem = self.given().clone();
        for (name, spec) in &mut problem.functions {
            if let FunctionSpec::Known(source) = spec {
                let option = if matches!(source, Source::Model(_)) { "model" } else { "table" };
                self.take_in(name, source, &format!("functions.{name}.{option}"))?;
            }
        }
        for (name, source) in &mut problem.truth {
            self.take_in(name, source, &format!("truth.{name}"))?;
        }
        Ok(problem)
    }

    /// What a path stands for in the place of the path.
    fn take_in(&self, name: &str, source: &mut Source, key: &str) -> Result<()> {
        if let Some(table) = self.read_table(source, key)? {
            *source = Source::Points(TablePoints { x: table.x, value: table.value });
        }
        if let (Source::Model(_), Some(model)) = (&source, self.read_model(source, key)?) {
            *source = Source::Saved(Arc::new(model.only(name)));
        }
        Ok(())
    }
}

fn data_error(file: &Path, fault: DataFault) -> Error {
    Error::Data { place: Place::file(file), fault: Box::new(fault) }
}
