//! `limits.md`: the measurements as tables, with what they say where that is a matter of numbers.

use std::fmt::Write;

use super::Results;
use super::crossover::Pair;
use super::growth::{Growth, PARTS, exponent};
use super::kernel::Kernel;
use super::parallel::Parallel;
use super::roof::Roof;
use super::step::StepCost;
use crate::statistics::{highest, lowest};

/// Most that a step should cost, in units of the factorisation it contains.
const STEP_TARGET: f64 = 2.0;
/// Least efficiency of restarts on two threads.
const EFFICIENCY_TARGET: f64 = 0.85;

/// The whole report.
pub(super) fn markdown(results: &Results) -> String {
    let mut text = format!(
        "# Limits\n\n\
         The kernels of a fit beside what one thread of this machine can do, and how cost grows.\n\
         [docs/limits.md](../limits.md) says why. Medians; the limits of the machine are best of\n\
         several.\n\n{}\nMade by `{}` in {:.1} minutes.\n",
        results.machine.sentence(),
        results.command,
        results.minutes
    );
    if results.quick {
        text += "\n**A quick run: the numbers say little.**\n";
    }
    text += &machine(&results.roof);
    text += &kernels(&results.kernels);
    text += &steps(&results.steps);
    text += &growth(&results.growth);
    text += &crossover(&results.crossover, results.matrix_free_above);
    text += &parallel(&results.parallel, results.faer_is_sequential);
    text
}

fn machine(roof: &Roof) -> String {
    let mut text = format!(
        "\n## The machine\n\n\
         Peak: {:.1} Gflop/s, the larger of a multiply-add loop in registers, compiled for the vectors\n\
         of `lacuna`'s own loops ({:.1}), and the matrix product of faer ({:.1}). Those loops can reach at\n\
         most {:.0} % of the peak.\n\n\
         | memory | size | triad on | GB/s |\n|---|--:|--:|--:|\n",
        giga(roof.peak()),
        giga(roof.multiply_add),
        giga(roof.matrix_product),
        100.0 * roof.multiply_add / roof.peak()
    );
    for level in &roof.levels {
        let size = if level.size.is_finite() { bytes(level.size) } else { "–".into() };
        let _ = writeln!(
            text,
            "| {} | {size} | {} | {:.1} |",
            level.name,
            bytes(level.measured_with),
            giga(level.bandwidth)
        );
    }
    text
}

fn kernels(kernels: &[Kernel]) -> String {
    let mut text = "\n## Kernels\n\n\
         *Bound*: the larger of operations over the peak and bytes over the bandwidth of the level\n\
         that holds the working set. *Achieved*: bound over time.\n\n\
         | kernel | time | Gflop/s | bound by | count | bound | achieved |\n\
         |---|--:|--:|---|---|--:|--:|\n"
        .to_owned();
    for kernel in kernels {
        let Kernel { name, work, formula, seconds: time, bound } = kernel;
        let _ = writeln!(
            text,
            "| {name} | {} | {:.1} | {} | {formula} | {} | {:.0} % |",
            seconds(*time),
            giga(work.operations / time),
            bound.by,
            seconds(bound.seconds),
            100.0 * kernel.share()
        );
    }
    text
}

fn steps(steps: &[StepCost]) -> String {
    let mut text = "\n## A Levenberg-Marquardt step and the factorisation in it\n\n\
         *Factorisation*: faer's QR of a dense m × (k + 1) matrix, the size of [J Z, r]. *All*: faer's\n\
         QR of every matrix that a step factors, the basis Z of each unknown and the damped triangle\n\
         included. *Step*: from a linearisation to the next trial (Z, J Z, that factorisation, one\n\
         damped solve). *Iteration*: a step with its linearisation and residual. Ratios are to the\n\
         factorisation.\n\n\
         | nodes | experiments | networks | m | p | k | factorisation | all | step | ratio \
         | linearisation | iteration | ratio |\n\
         |--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for cost in steps {
        let StepCost { size, residuals, params, rank, factorisation, .. } = cost;
        let _ = writeln!(
            text,
            "| {} | {} | {w}-{w} | {residuals} | {params} | {rank} | {} | {} | {} | {:.2} | {} | {} | {:.2} |",
            size.nodes,
            size.experiments,
            seconds(*factorisation),
            seconds(cost.factorisations),
            seconds(cost.step),
            cost.step / factorisation,
            seconds(cost.linearisation),
            seconds(cost.iteration),
            cost.iteration / factorisation,
            w = size.width,
        );
    }
    let ratios: Vec<f64> = steps.iter().map(|cost| cost.step / cost.factorisation).collect();
    let kept = ratios.iter().filter(|ratio| **ratio <= STEP_TARGET).count();
    let _ = writeln!(
        text,
        "\nTarget: a step costs at most {STEP_TARGET} factorisations: met at {kept} of {} sizes; from\n\
         {:.2} to {:.2} here. In units of all factorisations in it a step costs {:.2} to {:.2}.",
        ratios.len(),
        lowest(&ratios),
        highest(&ratios),
        lowest(&steps.iter().map(of_all).collect::<Vec<_>>()),
        highest(&steps.iter().map(of_all).collect::<Vec<_>>()),
    );
    text
}

/// A step in units of all that it factors.
fn of_all(cost: &StepCost) -> f64 {
    cost.step / cost.factorisations
}

fn growth(growth: &[Growth]) -> String {
    let mut text = "\n## Growth\n\n\
         Time ≈ C sᵅ with one size s at a time, from 256 nodes, 2 experiments and networks 16-16.\n\
         Slope of the least-squares line in log-log, and in brackets between the two largest sizes.\n\n\
         | s | from | to |"
        .to_owned();
    for part in PARTS {
        let _ = write!(text, " {} |", part.name);
    }
    text += "\n|---|--:|--:|";
    text += &"---|".repeat(PARTS.len());
    for growth in growth {
        let (first, last) = (growth.at.first(), growth.at.last());
        let show = |v: Option<&f64>| v.map_or_else(String::new, f64::to_string);
        let _ = write!(text, "\n| {} | {} | {} |", growth.along, show(first), show(last));
        for part in PARTS {
            let times: Vec<f64> = growth.costs.iter().map(part.seconds).collect();
            let found = exponent(&growth.at, &times);
            let _ = write!(text, " {:.2} ({:.2}) |", found.fitted, found.last);
        }
    }
    text + "\n\n![Time against size, log-log](limits-growth.svg)\n"
}

fn crossover(pairs: &[Pair], threshold: usize) -> String {
    let mut text = "\n## With and without the Jacobian\n\n\
         Levenberg-Marquardt from the same two random starts for the same time: with J as a product of\n\
         small rank, and with steps from products with J and Jᵀ alone (LSQR). Compared is the time to\n\
         the lowest cost that both reached, from each start. *Fall*: the powers of ten by which ½ ‖r‖²\n\
         fell until then, on average. *Speed*: those powers a second. *Ratio*: of the speeds, without\n\
         J to with it.\n\n\
         | nodes | networks | entries of J | iteration, factored | products only | fall \
         | speed, factored | products only | ratio |\n\
         |--:|---|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for pair in pairs {
        let Pair { size, factored, matrix_free, .. } = pair;
        let _ = writeln!(
            text,
            "| {} | {w}-{w} | {:.1e} | {} | {} | {:.1} | {} | {} | {} |",
            size.nodes,
            pair.entries(),
            seconds(factored.iteration),
            seconds(matrix_free.iteration),
            pair.decades,
            digits(factored.decades_a_second),
            digits(matrix_free.decades_a_second),
            digits(pair.gain()),
            w = size.width,
        );
    }
    let _ = writeln!(
        text,
        "\n{}\n\n![Time of an iteration and fall of the cost](limits-crossover.svg)",
        supported(pairs, threshold)
    );
    text
}

/// What the pairs say of the threshold.
fn supported(pairs: &[Pair], threshold: usize) -> String {
    let faster = |pair: &&Pair| pair.gain() > 1.0;
    let won = pairs.iter().filter(faster).count();
    let least = pairs.iter().filter(faster).map(Pair::entries).fold(f64::INFINITY, f64::min);
    let lost = pairs.iter().filter(|pair| !faster(pair)).map(Pair::entries).fold(0.0, f64::max);
    let threshold = threshold as f64;
    let measured = match won {
        0 => format!(
            "Without J the cost fell more slowly at every size measured, up to {lost:.1e} entries: speed \
             supports no threshold below that, only memory does."
        ),
        n if n == pairs.len() => {
            "Without J the cost fell faster at every size measured.".to_owned()
        }
        n if least > lost => format!(
            "Without J the cost fell faster at {n} of {} sizes, from {least:.1e} entries on; speed \
             supports a threshold between {lost:.1e} and {least:.1e}.",
            pairs.len()
        ),
        n => format!(
            "Without J the cost fell faster at {n} of {} sizes, the smallest {least:.1e} entries, and \
             more slowly at sizes up to {lost:.1e}: entries alone do not decide it.",
            pairs.len()
        ),
    };
    format!("{measured} The default threshold is {threshold:.1e} entries.")
}

fn parallel(jobs: &[Parallel], faer_is_sequential: bool) -> String {
    let mut text = "\n## Two threads\n\n\
         Eight restarts of *two-states*, networks 16-16. Efficiency: t₁/(2 t₂). In use: c₂/(2 t₂), c\n\
         the processor time of all threads. Undisturbed: c₁/c₂. Threads on one: c₁/t₁, above one if\n\
         something started threads of its own.\n\n\
         | job | one thread | two | efficiency | in use | undisturbed | threads on one |\n\
         |---|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for job in jobs {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.2} | {:.2} | {:.2} | {:.2} |",
            job.job,
            seconds(job.one.seconds),
            seconds(job.several.seconds),
            job.efficiency(),
            job.occupancy(),
            job.undisturbed(),
            job.one.processor / job.one.seconds
        );
    }
    let met = jobs.first().is_some_and(|job| job.efficiency() >= EFFICIENCY_TARGET);
    let _ = writeln!(
        text,
        "\nTarget: an efficiency of {EFFICIENCY_TARGET} on the restarts: {}. faer is set to run {}.",
        if met { "met" } else { "**not met**" },
        if faer_is_sequential { "on the calling thread" } else { "**on threads of its own**" }
    );
    text
}

fn giga(value: f64) -> f64 {
    value / 1e9
}

fn bytes(value: f64) -> String {
    match value {
        v if v >= 1e6 => format!("{:.1} MB", v / 1e6),
        v => format!("{:.0} kB", v / 1e3),
    }
}

fn seconds(value: f64) -> String {
    match value {
        v if v < 1e-3 => format!("{} µs", digits(v * 1e6)),
        v if v < 1.0 => format!("{} ms", digits(v * 1e3)),
        v => format!("{} s", digits(v)),
    }
}

/// Three significant digits, without an exponent.
fn digits(value: f64) -> String {
    let decimals = 2 - value.abs().log10().floor().clamp(-3.0, 2.0) as i32;
    format!("{value:.*}", decimals.max(0) as usize)
}

#[cfg(test)]
mod tests {
    use super::super::crossover::Descent;
    use super::super::problem::Size;
    use super::*;

    fn pair(entries: usize, gain: f64) -> Pair {
        let descent = |speed| Descent { iteration: 1.0, decades_a_second: speed };
        Pair {
            size: Size::DEFAULT,
            residuals: entries,
            params: 1,
            decades: 1.0,
            factored: descent(1.0),
            matrix_free: descent(gain),
        }
    }

    #[test]
    fn the_threshold_follows_from_where_products_win() {
        let says = |pairs: &[Pair]| supported(pairs, 1000);
        assert!(
            says(&[pair(10, 0.1), pair(100, 0.5)]).contains("at every size measured, up to 1.0e2")
        );
        let split = says(&[pair(10, 0.1), pair(100, 2.0)]);
        assert!(split.contains("between 1.0e1 and 1.0e2"), "{split}");
        assert!(says(&[pair(10, 2.0), pair(100, 0.5)]).contains("do not decide"));
        assert!(says(&[pair(10, 2.0)]).contains("faster at every size"));
        assert!(says(&[pair(10, 2.0)]).contains("1.0e3 entries"));
    }

    #[test]
    fn numbers_as_people_write_them() {
        assert_eq!(seconds(1.234e-6), "1.23 µs");
        assert_eq!(seconds(0.0567), "56.7 ms");
        assert_eq!(seconds(123.4), "123 s");
        assert_eq!(digits(0.01234), "0.0123");
        assert_eq!(bytes(49152.0), "49 kB");
    }
}
