//! Everything that can go wrong, as an outcome.

mod common;

use common::Kuramoto;
use lacuna_core::{Conditions, EvalError, Flow, Model, Stop, Tabulated};
use lacuna_solve::{
    AndersonOptions, Method, NewtonOptions, SolveStep, Stage, SteadyState, SteadyStateOptions,
    steady_state,
};

fn solve(model: &dyn Model, guess: &[f64], stages: Vec<Stage>) -> SteadyState {
    let options = SteadyStateOptions { stages, ..SteadyStateOptions::default() };
    let functions = Tabulated::from_values(vec![]);
    steady_state(model, &functions, &Conditions::default(), guess, &options, None)
        .expect("a valid problem")
}

fn default_stages() -> Vec<Stage> {
    SteadyStateOptions::default().stages
}

fn anderson() -> Vec<Stage> {
    vec![Stage::Anderson(AndersonOptions::default())]
}

toy!(AlwaysNan, 2, density: false, |u, out| {
    out[0] = u[0] * f64::NAN;
    out[1] = u[1];
    Ok(())
});

toy!(NoFixedPoint, 1, density: false, |u, out| {
    out[0] = u[0] + 1.0;
    Ok(())
});

toy!(AlmostFixedPoint, 1, density: false, |u, out| {
    // T(u) − u = 1 + u² has a minimum but no zero.
    out[0] = u[0] + u[0] * u[0] + 1.0;
    Ok(())
});

toy!(Logarithm, 2, density: false, |u, out| {
    // Defined for u > 0 only; T(u) = 2 + log u has its upper fixed point at 3.1461932206205825.
    for (i, (out, u)) in out.iter_mut().zip(u).enumerate() {
        if u.value() <= 0.0 {
            return Err(EvalError::OutOfDomain {
                quantity: "state",
                value: u.value(),
                index: i,
                requirement: "positive",
            });
        }
        *out = u.ln() + 2.0;
    }
    Ok(())
});

toy!(Constant, 3, density: false, |u, out| {
    for (i, (out, u)) in out.iter_mut().zip(u).enumerate() {
        *out = *u * 0.0 + i as f64;
    }
    Ok(())
});

toy!(Zero, 3, density: false, |u, out| {
    for (out, u) in out.iter_mut().zip(u) {
        *out = *u * 0.5;
    }
    Ok(())
});

toy!(Explosion, 2, density: false, |u, out| {
    for (out, u) in out.iter_mut().zip(u) {
        *out = *u * *u * *u * 1e6;
    }
    Ok(())
});

#[test]
fn a_map_that_is_nan_is_not_finite() {
    for stages in [default_stages(), anderson()] {
        let state = solve(&AlwaysNan, &[1.0, 2.0], stages);
        assert_eq!(state.stop, Stop::NonFinite);
        assert_eq!(state.u, [1.0, 2.0]);
        assert!(!state.residual.is_finite());
    }
}

#[test]
fn no_fixed_point_is_not_found() {
    let state = solve(&NoFixedPoint, &[0.5], default_stages());
    assert!(matches!(state.stop, Stop::Stalled | Stop::MaxIterations), "{:?}", state.stop);
    assert!(state.u[0].is_finite());

    let state = solve(&AlmostFixedPoint, &[2.0], default_stages());
    assert!(!state.stop.is_converged());
    assert!(state.residual > 0.1 && state.residual.is_finite());
}

#[test]
fn the_iteration_limit_is_an_outcome() {
    let model = Kuramoto::new(64);
    let functions = model.functions(4.0, |_| 0.0);
    let guess = model.density(|x| (1.5 * x.cos()).exp());
    let newton = Stage::Newton(NewtonOptions { max_iterations: 2, ..NewtonOptions::default() });
    let picard = Stage::Anderson(AndersonOptions { max_iterations: 2, ..Default::default() });
    for (stage, method) in [(newton, Method::Newton), (picard, Method::Anderson)] {
        let options = SteadyStateOptions { stages: vec![stage], ..Default::default() };
        let state =
            steady_state(&model, &functions, &Conditions::default(), &guess, &options, None)
                .expect("a valid problem");
        assert_eq!(state.stop, Stop::MaxIterations);
        assert_eq!(state.history.len(), 3);
        assert!(state.history.iter().all(|step| step.method == method));
        assert!(state.residual < state.history[0].residual);
        assert!((model.mass(&state.u) - 1.0).abs() < 1e-14);
    }
}

#[test]
fn a_step_out_of_the_domain_is_shortened() {
    // From 0.5, where T' = 2, the full Newton step is about −0.8.
    let state = solve(&Logarithm, &[0.5, 3.0], vec![Stage::Newton(NewtonOptions::default())]);
    assert_eq!(state.stop, Stop::Converged, "{:#?}", state.history);
    assert!(state.history[1].step_length < 1.0);
    assert!((state.u[1] - 3.146_193_220_620_582_5).abs() < 1e-14);
}

#[test]
fn a_map_that_fails_at_the_guess_is_an_error() {
    let functions = Tabulated::from_values(vec![]);
    let (conditions, options) = (Conditions::default(), SteadyStateOptions::default());
    let error = steady_state(&Logarithm, &functions, &conditions, &[1.0, -1.0], &options, None)
        .unwrap_err();
    assert!(matches!(error, EvalError::OutOfDomain { quantity: "state", index: 1, .. }));
    let error =
        steady_state(&Logarithm, &functions, &conditions, &[1.0], &options, None).unwrap_err();
    assert_eq!(error, EvalError::Shape { quantity: "guess", found: 1, expected: 2 });
}

#[test]
fn maps_independent_of_the_state_take_one_step() {
    let state = solve(&Constant, &[5.0, f64::NAN, -1.0], default_stages());
    assert_eq!(state.stop, Stop::Converged);
    assert_eq!(state.u, [0.0, 1.0, 2.0]);
    assert_eq!(state.counts.newton_iterations, 1);
    assert_eq!(state.counts.jacobian_products, 1);
}

#[test]
fn the_zero_state_is_a_solution_like_any_other() {
    let state = solve(&Zero, &[0.0; 3], default_stages());
    assert_eq!((state.stop, state.residual), (Stop::Converged, 0.0));
    let state = solve(&Zero, &[1.0, 2.0, 3.0], default_stages());
    assert_eq!(state.stop, Stop::Converged);
    assert!(state.u.iter().all(|u| u.abs() < 1e-11));
}

#[test]
fn iterates_that_run_away_are_stopped() {
    let state = solve(&Explosion, &[1.0, 2.0], anderson());
    assert!(
        matches!(state.stop, Stop::Diverged | Stop::NonFinite | Stop::MaxIterations),
        "{:?}",
        state.stop
    );
    assert!(state.u.iter().all(|u| u.is_finite()));
}

#[test]
fn the_watcher_may_interrupt_any_stage() {
    let model = Kuramoto::new(64);
    let functions = model.functions(4.0, |_| 0.0);
    let guess = model.density(|x| (1.5 * x.cos()).exp());
    for stages in [default_stages(), anderson()] {
        for last in 0..4 {
            let mut seen: Vec<SolveStep> = Vec::new();
            let mut watch = |step: &SolveStep| {
                seen.push(*step);
                if step.iteration == last { Flow::Stop } else { Flow::Continue }
            };
            let options = SteadyStateOptions { stages: stages.clone(), ..Default::default() };
            let conditions = Conditions::default();
            let state =
                steady_state(&model, &functions, &conditions, &guess, &options, Some(&mut watch))
                    .expect("a valid problem");
            assert_eq!(state.stop, Stop::Interrupted);
            assert_eq!(seen, state.history);
            let best = seen.iter().map(|step| step.residual).fold(f64::INFINITY, f64::min);
            assert_eq!(state.residual, best);
            assert!((model.mass(&state.u) - 1.0).abs() < 1e-14);
        }
    }
}

#[test]
fn a_failed_newton_stage_hands_over_to_anderson() {
    // One iteration is not enough, so every stage has its turn.
    let model = Kuramoto::new(64);
    let functions = model.functions(4.0, |_| 0.0);
    let guess = model.density(|x| 1.0 + 0.3 * x.cos());
    let options = SteadyStateOptions {
        stages: vec![
            Stage::Newton(NewtonOptions { max_iterations: 1, ..Default::default() }),
            Stage::Anderson(AndersonOptions::default()),
            Stage::Newton(NewtonOptions::default()),
        ],
        ..Default::default()
    };
    let state = steady_state(&model, &functions, &Conditions::default(), &guess, &options, None)
        .expect("a valid problem");
    assert_eq!(state.stop, Stop::Converged);
    let first_of =
        |stage| state.history.iter().find(|step| step.stage == stage).expect("a valid problem");
    assert_eq!(first_of(1).residual, first_of(0).residual, "Anderson starts from the guess");
    assert!(first_of(2).residual <= 1e-4, "Newton starts from where Anderson ended");
    assert!(state.counts.newton_iterations <= 4, "{:?}", state.counts);
}
