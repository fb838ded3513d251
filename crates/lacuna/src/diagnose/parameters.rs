//! Parameters of closed forms that the data do not determine, by name.

use lacuna_fit::UNDETERMINED;

use super::reasons::Evidence;
use super::result::Reason;

/// Share of the signal below which a change of a parameter by its own size changes nothing.
const NOTHING: f64 = 1e-10;

impl Evidence<'_> {
    /// The parameters of unknown `a` that the data do not bound, if there are any.
    pub(super) fn undetermined(&self, a: usize) -> Option<Reason> {
        let sensitivity = self.sensitivity;
        let form = sensitivity.priors[a].modes.closed_form()?;
        let covariance = &self.diagnosis.unknowns[a].covariance;
        let names = form.names();
        let lost: Vec<usize> =
            (0..form.len()).filter(|&j| covariance[(j, j)].sqrt() >= UNDETERMINED).collect();
        let name = self.setup.unknowns[a].name;
        let list = |of: &[usize]| -> String {
            let words: Vec<&str> = of.iter().map(|&j| names[j].as_str()).collect();
            words.join(", ")
        };
        let column = |j: usize| sensitivity.columns[a].start + j;
        let silent: Vec<usize> = lost
            .iter()
            .copied()
            .filter(|&j| {
                sensitivity.jacobian.col(column(j)).norm_l2() <= NOTHING * sensitivity.signal
            })
            .collect();
        let are = |of: &[usize]| if of.len() == 1 { "is" } else { "are" };
        if lost.is_empty() {
            return None;
        }
        if !silent.is_empty() {
            return Some(Reason {
                code: "parameter-without-influence",
                text: format!(
                    "{} of {name} {} not determined: no prediction changes with it where the fit ended \
                     (it multiplies zero, stands in a branch that is not taken, or moves a jump that lies \
                     outside of the domain)",
                    list(&silent),
                    are(&silent)
                ),
                remedy: "give it as a number, start it where it acts, or measure where it acts"
                    .into(),
            });
        }
        Some(Reason {
            code: "parameters-together",
            text: format!(
                "{} of {name} {} not determined one by one: they can change together without changing \
                 any prediction",
                list(&lost),
                are(&lost)
            ),
            remedy: "write the closed form with fewer parameters (their product, sum or ratio), give one \
                     of them as a number, or measure under other conditions"
                .into(),
        })
    }
}
