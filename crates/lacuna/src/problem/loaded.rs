//! A problem together with where it comes from.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fault::Located;
use super::validate::check_use;
use super::{
    FunctionSpec, Locations, ObservationKind, Problem, ProblemFault, Section, Source, TablePoints,
};
use crate::contradictions::{contradictions, normalised};
use crate::data::{
    DataFault, FunctionTable, MeasurementKind, Measurements, Noise, Reading, StateData, kind_of,
    read_function_table,
};
use crate::units::{Units, choose};
use crate::{Error, Place, Result};

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
}

impl LoadedProblem {
    /// A problem made in memory, with its data in `base_dir`.
    ///
    /// # Errors
    /// If it is not valid.
    pub fn new(problem: Problem, base_dir: impl Into<PathBuf>) -> Result<Self> {
        problem.validate()?;
        Ok(Self::made(problem, base_dir.into(), Locations::none()))
    }

    /// A problem that was checked.
    pub(super) fn made(problem: Problem, base_dir: PathBuf, locations: Locations) -> Self {
        let (units, states, given) = (Units::default(), BTreeMap::new(), None);
        Self { problem, units, base_dir, locations, states, given }
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
        let files = self.data_files(experiment)?;
        let Some(first) = files.first() else { return Ok(None) };
        let given = self.given();
        let (extent, format) = (given.domain.extent(), given.experiments[experiment].format());
        let found = self.observation_kind(experiment, &files)?;
        if found != ObservationKind::Values {
            return Err(data_error(first, DataFault::NotValues { found }));
        }
        if files.len() == 1 {
            return StateData::read_as(first, &extent, format).map(Some);
        }
        // Values are checked row by row here, as a whole below.
        let density = self.problem.model.kind.is_density();
        let reading =
            Reading { kind: found, noise: None, exposure: None, density, extent: &extent, format };
        let MeasurementKind::Values { x, u, noise } = reading.read(&files)?.kind else {
            return Ok(None);
        };
        let sd = match noise {
            Noise::Known(sd) => Some(sd),
            _ => None,
        };
        let names: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
        StateData::from_points(&names.join(", "), x, u, sd, &extent).map(Some)
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
            None => (None, self.data_files(experiment)?),
        };
        let kind = self.observation_kind(experiment, &files)?;
        check_use(&key, spec, kind, self.problem.model.kind)
            .map_err(|l| self.locations.error(l))?;
        let density = self.problem.model.kind.is_density();
        let (noise, format) = (spec.noise, spec.format());
        let reading = Reading { kind, noise, exposure, density, extent: &extent, format };
        let measured = match state {
            Some(state) => reading.measurements_of(state)?,
            None if files.is_empty() => return Ok(None),
            None => reading.read(&files)?,
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
                let found = kind_of(file, spec.format())?;
                let first = *kind.get_or_insert(found);
                if found != first {
                    return Err(data_error(file, DataFault::Mixed { found, first }));
                }
            }
        }
        Ok(kind.unwrap_or(ObservationKind::Values))
    }

    /// The data files of an experiment, all of which exist.
    fn data_files(&self, experiment: usize) -> Result<Vec<PathBuf>> {
        let files = self.problem.experiments.get(experiment).map_or(&[][..], |e| &e.data);
        let key = format!("experiments.{experiment}.data");
        files.iter().map(|file| self.require_file(file, &key)).collect()
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
            Source::Table(path) => read_function_table(&self.require_file(path, key)?).map(Some),
            Source::Points(points) => {
                let place = self.place(key);
                FunctionTable::new(place, points.x.clone(), points.value.clone()).map(Some)
            }
            Source::Expression(_) | Source::Model(_) => Ok(None),
        }
    }

    /// The problem with the points of its tables in the place of their paths, for `model.json`.
    ///
    /// # Errors
    /// If a table cannot be read.
    pub fn with_tables_inline(&self) -> Result<Problem> {
        let mut problem = self.given().clone();
        let functions = problem.functions.iter_mut().filter_map(|(name, spec)| match spec {
            FunctionSpec::Known(source) => Some((format!("functions.{name}.table"), source)),
            FunctionSpec::Unknown(_) => None,
        });
        let truth =
            problem.truth.iter_mut().map(|(name, source)| (format!("truth.{name}"), source));
        for (key, source) in functions.chain(truth) {
            if let Some(table) = self.read_table(source, &key)? {
                *source = Source::Points(TablePoints { x: table.x, value: table.value });
            }
        }
        Ok(problem)
    }
}

fn data_error(file: &Path, fault: DataFault) -> Error {
    Error::Data { place: Place::file(file), fault: Box::new(fault) }
}
