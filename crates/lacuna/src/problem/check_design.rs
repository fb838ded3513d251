//! Whether the values of `[design]` make sense.

use super::design::{DesignNoise, FunctionalSpec};
use super::fault::{Located, ProblemFault, Section};
use super::validate::{
    Check, at_least, check_count_of_points, check_experiment, check_scalar, out_of_range,
};
use super::{DesignCriterion, Locations, Problem, Suggestion};

impl Problem {
    pub(super) fn check_design(&self, locations: &Locations) -> Check {
        let design = &self.design;
        check_scalar("design.budget", design.budget, true)?;
        check_scalar("design.cost", design.cost, true)?;
        at_least("design.replicates", design.replicates, 1)?;
        at_least("design.truths", design.truths, 1)?;
        check_count_of_points("design.points", &design.points)?;
        match design.noise {
            Some(DesignNoise::Sd(sd)) => check_scalar("design.noise", sd, true)?,
            Some(DesignNoise::Relative { relative }) => {
                check_scalar("design.noise.relative", relative, true)?;
            }
            Some(DesignNoise::Floored { relative, floor }) => {
                check_scalar("design.noise.relative", relative, true)?;
                check_scalar("design.noise.floor", floor, true)?;
            }
            Some(DesignNoise::Rms { rms }) => check_scalar("design.noise.rms", rms, true)?,
            None => {}
        }
        for (i, name) in design.unknowns.iter().enumerate() {
            self.check_unknown_name(&format!("design.unknowns.{i}"), name)?;
        }
        match (design.criterion, &design.functional) {
            (DesignCriterion::Functional, Some(functional)) => self.check_functional(functional)?,
            (DesignCriterion::Functional, None) => {
                let fault = ProblemFault::MissingKey {
                    key: "functional",
                    section: Section::new("design"),
                    example: "functional = { function = \"W\", at = 0.25 }",
                };
                return Err(Located::new("design.criterion", fault));
            }
            (_, Some(_)) => {
                let fault = ProblemFault::Meaningless {
                    key: "functional",
                    section: Section::new("design"),
                    reason: "`criterion` is not \"functional\"",
                };
                return Err(Located::new("design.functional", fault));
            }
            (_, None) => {}
        }
        for (i, candidate) in design.experiments.iter().enumerate() {
            let key = format!("design.experiments.{i}");
            check_experiment(&key, &candidate.experiment, self.model.kind, locations)?;
            if !(candidate.cost >= 0.0 && candidate.cost.is_finite()) {
                let found = candidate.cost.to_string();
                return Err(out_of_range(&format!("{key}.cost"), &found, "0 or positive"));
            }
        }
        Ok(())
    }

    fn check_unknown_name(&self, key: &str, name: &str) -> Check {
        let unknowns = self.unknowns();
        if unknowns.is_empty() || unknowns.contains(&name) {
            return Ok(());
        }
        let suggestion = Suggestion::new(name, unknowns);
        let fault =
            ProblemFault::UnknownValue { key: key.to_owned(), value: name.into(), suggestion };
        Err(Located::new(key, fault))
    }

    fn check_functional(&self, functional: &FunctionalSpec) -> Check {
        let key = "design.functional";
        self.check_unknown_name(&format!("{key}.function"), &functional.function)?;
        let is_scalar = self.model.kind.scalars().iter().any(|s| s.name == functional.function);
        let FunctionalSpec { at, mode, from, to, .. } = functional;
        let given = [at.is_some(), mode.is_some(), from.is_some() || to.is_some()];
        let given = given.iter().filter(|given| **given).count();
        let complete = from.is_some() == to.is_some();
        let requirement = match (is_scalar, given, complete) {
            (true, 0, _) | (false, 1, true) => None,
            (true, ..) => Some("a scalar alone, such as `{ function = \"coupling\" }`"),
            (false, ..) => Some(
                "a function with either `at`, `mode`, or `from` and `to`, such as \
                 `{ function = \"W\", at = 0.25 }`",
            ),
        };
        if let Some(requirement) = requirement {
            return Err(out_of_range(key, "something else", requirement));
        }
        for (name, value) in [("at", at), ("from", from), ("to", to)] {
            if let Some(value) = *value {
                check_scalar(&format!("{key}.{name}"), value, false)?;
            }
        }
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            return Err(out_of_range(&format!("{key}.to"), &to.to_string(), "greater than `from`"));
        }
        Ok(())
    }
}
