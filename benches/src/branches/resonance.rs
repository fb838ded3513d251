//! W = −cos x − r cos 2x: mode 2 is twice mode 1, the two resonate. To third order in the
//! amplitude the primary branch at κ = 2σ is supercritical for r < ½ and subcritical for
//! ½ < r < 1: the transition is then discontinuous, with a fold before it.
//!
//! Derivation: u ∝ exp(a cos x + b cos 2x), a = β⟨cos x⟩, b = βr⟨cos 2x⟩, β = κ/σ. To third order
//! ⟨cos x⟩ = a/2 + ab/4 − a³/16 and ⟨cos 2x⟩ = b/2 + a²/8, so b = r a²/(4(1 − r)) at β = 2, and
//! 1 = (β/2)(1 + b/2 − a²/8): β falls with a where r/(1 − r) > 1.
//!
//! Source of the character: Carrillo, Gvalani, Pavliotis, Schlichting, Arch. Ration. Mech. Anal.
//! 235 (2020) 635, section 5 (arXiv 1806.01719): resonating modes make transitions discontinuous.

use serde::Serialize;

use super::{Curve, Measured, circle, curves, diagram};

/// One r.
#[derive(Debug, Serialize)]
pub(super) struct Resonance {
    pub(super) ratio: f64,
    /// Whether the primary branch turns at a fold, and where.
    pub(super) fold: Option<f64>,
    /// Unstable directions of the first state of the primary branch and of its last one.
    pub(super) first_unstable: usize,
    pub(super) last_unstable: usize,
    pub(super) seconds: f64,
    pub(super) curves: Vec<Curve>,
}

impl Resonance {
    /// What theory says.
    pub(super) fn subcritical(&self) -> bool {
        self.ratio > 0.5
    }

    pub(super) fn agrees(&self) -> bool {
        self.fold.is_some() == self.subcritical()
            && self.first_unstable == usize::from(self.subcritical())
            && self.last_unstable == 0
    }
}

/// The two that are drawn come first.
pub(super) const RATIOS: [f64; 6] = [0.3, 0.8, 0.45, 0.49, 0.51, 0.55];

pub(super) fn measure() -> Measured<Vec<Resonance>> {
    RATIOS.into_iter().map(one).collect()
}

fn one(ratio: f64) -> Measured<Resonance> {
    let kernel = format!("-cos(x) - {ratio}*cos(2*x)");
    let setup = circle(&kernel, 1.0, 256, "from = 1.5\nto = 3.5\nvalues = 3.0")?;
    let diagram = diagram(&setup)?;
    let curves = curves(&diagram);
    let primary = curves.get(1).ok_or("no primary branch")?;
    let fold = primary.event.iter().position(|event| *event == "fold");
    let fold = fold.map(|step| primary.parameter[step]);
    let (first_unstable, last_unstable) =
        (primary.unstable[1], primary.unstable.last().copied().unwrap_or(usize::MAX));
    let seconds = diagram.elapsed.as_secs_f64();
    Ok(Resonance { ratio, fold, first_unstable, last_unstable, seconds, curves })
}
