//! Data files: observed states, tabulated functions and results, all CSV with a header.
//!
//! Commas separate columns and points are decimal. Blank lines and lines that begin with `#` are
//! skipped; a byte-order mark, line ends of any system, and the unnamed index columns of R and pandas are
//! tolerated. Rows may come in any order.

mod cell;
mod columns;
mod extent;
mod fault;
mod function_table;
mod lines;
mod measurements;
mod positions;
mod read_measurements;
mod roughness;
mod snapshots;
mod state;
mod suspect;
mod unix_lines;
mod write;

pub use extent::Extent;
pub use fault::DataFault;
pub use function_table::{FunctionTable, MIN_TABLE_POINTS, read_function_table};
pub use measurements::{MeasurementKind, Measurements, Noise};
pub(crate) use read_measurements::{Reading, kind_of};
pub use roughness::Roughness;
pub(crate) use roughness::lattice_step;
pub(crate) use snapshots::Snapshots;
pub use state::{MIN_POINTS, StateData};
pub(crate) use unix_lines::read_text;
pub use write::write_csv;
pub(crate) use write::write_whole;
