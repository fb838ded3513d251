//! Branches of steady states: exact solutions, bifurcations known in closed form, spectra.
//!
//! On a circle of length L with W = −Σ a_k cos(2πkx/L) and V = 0 the uniform state has the
//! eigenvalues λ_k = −(2πk/L)² (σ + κ Ŵ_k/L), Ŵ_k = −a_k L/2, each twice, and branch points at
//! κ_k = −σL/Ŵ_k = 2σ/a_k.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::f64::consts::{PI, TAU};

use common::bessel;
use lacuna_core::{Conditions, Flow, Model, SteadyModel, Symmetry, Tabulated};
use lacuna_grid::{Axis, Boundary, Grid};
use lacuna_models::AggregationDiffusion;
use lacuna_solve::{
    BranchEnd, BranchOptions, BranchStart, Diagram, Event, branches, stability,
};

struct Circle {
    model: AggregationDiffusion,
    functions: Tabulated,
    length: f64,
    n: usize,
}

fn circle(
    n: usize,
    length: f64,
    diffusion: f64,
    coupling: f64,
    kernel: impl Fn(f64) -> f64,
    potential: impl Fn(f64) -> f64,
) -> Circle {
    let axis = Axis { origin: 0.0, length, cells: n, boundary: Boundary::Periodic };
    let grid = Grid::new(vec![axis]).unwrap();
    let model = AggregationDiffusion::new(grid, Symmetry::None).unwrap();
    let at = |slot: usize, f: &dyn Fn(f64) -> f64| -> Vec<f64> {
        SteadyModel::slots(&model)[slot].points.iter().map(|x| f(x[0])).collect()
    };
    let values = vec![at(0, &kernel), at(1, &potential), vec![diffusion], vec![coupling]];
    Circle { functions: Tabulated::from_values(values), model, length, n }
}

impl Circle {
    fn uniform(&self) -> Vec<f64> {
        vec![1.0 / self.length; self.n]
    }

    fn diagram(&self, options: &BranchOptions, start: Vec<f64>, at: f64) -> Diagram {
        let starts = [BranchStart { u: start, parameter: at }];
        let conditions = Conditions::default();
        let watch = &mut |_: &lacuna_solve::BranchProgress| Flow::Continue;
        branches(&self.model, &self.functions, &conditions, &starts, options, watch).unwrap()
    }
}

fn coupling(from: f64, to: f64) -> BranchOptions {
    BranchOptions { slot: AggregationDiffusion::COUPLING, from, to, ..BranchOptions::default() }
}

fn show(diagram: &Diagram) {
    for (b, branch) in diagram.branches.iter().enumerate() {
        println!("branch {b}: {:?}, {:?}, {} states", branch.origin, branch.ends, branch.states.len());
        for (i, s) in branch.states.iter().enumerate() {
            if s.event.is_some() || i == 0 || i + 1 == branch.states.len() {
                let st = s.stability.as_ref().unwrap();
                println!(
                    "  {i} λ = {:.12} {:?} unstable {} {:.3e} converged {}",
                    s.parameter, s.event, st.unstable_directions, st.eigenvalues[0].re, st.converged
                );
            }
        }
    }
    println!("{} evaluations, {} products, {:?}", diagram.map_evaluations, diagram.jacobian_products, diagram.stop);
}

#[test]
fn kuramoto_branch_is_exact() {
    let sigma = 0.7;
    let circle = circle(256, TAU, sigma, 3.0, |x| -x.cos(), |_| 0.0);
    let options = BranchOptions { values: vec![3.0], ..coupling(0.5, 4.0) };
    let time = std::time::Instant::now();
    let diagram = circle.diagram(&options, circle.uniform(), 0.5);
    println!("{:?}", time.elapsed());
    show(&diagram);
    panic!();
}
#[test]
fn bichromatic() {
    let circle = circle(256, TAU, 1.0, 3.0, |x| -x.cos()-0.8*(2.0*x).cos(), |_| 0.0);
    let options = BranchOptions { values: vec![3.0], ..coupling(0.5, 6.0) };
    let time = std::time::Instant::now();
    let diagram = circle.diagram(&options, circle.uniform(), 0.5);
    println!("{:?}", time.elapsed());
    show(&diagram);
    panic!();
}
#[test]
fn dispersion() {
    let circle = circle(256, 3.0, 0.3, 0.4, |x| (-10.0*(1.0-(TAU*x/3.0).cos())).exp() , |_| 0.0);
    let time = std::time::Instant::now();
    let s = stability(&circle.model, &circle.functions, &Conditions::default(), &circle.uniform(), 20).unwrap().unwrap();
    println!("{:?}", time.elapsed());
    println!("{s:?}");
    panic!();
}
