//! Length and order of the next step.
//!
//! Order k costs A_k = k(k+1)/2 frozen steps. From the error ε_k of a step H (over what is allowed)
//! follows the step that order k allows, H_k = 0.9 H ε_k^{−1/k}, and its work per unit of time,
//! W_k = A_k/H_k. The next step takes the order of least W_k; one order more is tried where the last
//! one is clearly better than the one below.
//!
//! Source: Deuflhard, SIAM Rev. 27 (1985) 505.

use super::extrapolation::ORDERS;

const SAFETY: f64 = 0.9;
const LARGEST_GROWTH: f64 = 6.0;
const SMALLEST_FACTOR: f64 = 0.1;
/// W_k/W_{k−1} below which order k + 1 is tried.
const WORTH_MORE: f64 = 0.9;

pub(super) struct Control {
    length: f64,
    longest: f64,
    order: usize,
    max_order: usize,
    /// H_k where it is known of the present step.
    allowed: [Option<f64>; ORDERS + 1],
    after_refusal: bool,
}

fn work(order: usize) -> f64 {
    (order * (order + 1) / 2) as f64
}

impl Control {
    pub(super) fn new(first: f64, longest: f64, max_order: usize) -> Self {
        let order = max_order.min(3);
        let allowed = [None; ORDERS + 1];
        Self { length: first, longest, order, max_order, allowed, after_refusal: false }
    }

    /// The step to try, not longer than `remaining`.
    pub(super) fn length(&mut self, remaining: f64) -> f64 {
        self.allowed = [None; ORDERS + 1];
        let length = self.length.min(self.longest);
        // No sliver is left for a step of its own.
        if length * (1.0 + 1e-9) >= remaining {
            remaining
        } else if 2.0 * length > remaining {
            0.5 * remaining
        } else {
            length
        }
    }

    /// The lowest order that is taken without trying the next.
    pub(super) fn lowest(&self) -> usize {
        self.order.saturating_sub(1).max(1)
    }

    /// The highest order that is tried.
    pub(super) fn highest(&self) -> usize {
        (self.order + 1).min(self.max_order)
    }

    /// Order `order` of a step of this length has this error.
    pub(super) fn note(&mut self, order: usize, length: f64, error: f64) {
        let root = error.max(1e-30).powf(-1.0 / order as f64);
        let factor = (SAFETY * root).clamp(SMALLEST_FACTOR, LARGEST_GROWTH);
        self.allowed[order] = Some(length * factor);
    }

    fn cost(&self, order: usize) -> f64 {
        self.allowed[order].map_or(f64::INFINITY, |allowed| work(order) / allowed)
    }

    fn cheapest(&self) -> usize {
        let mut best = 0;
        for order in 1..=self.max_order {
            if self.allowed[order].is_some() && (best == 0 || self.cost(order) < self.cost(best)) {
                best = order;
            }
        }
        best.max(1)
    }

    pub(super) fn accept(&mut self, order: usize, length: f64) {
        let best = self.cheapest();
        let mut next = self.allowed[best].unwrap_or(length);
        self.order = best;
        let below = if order > 1 { self.cost(order - 1) } else { f64::INFINITY };
        let more = best == order && order < self.max_order && !self.after_refusal;
        if more && self.cost(order) < WORTH_MORE * below {
            self.order = order + 1;
            next *= work(order + 1) / work(order);
        }
        // A step that was cut to end at a time asked for says nothing against the longer one.
        let cut = length < self.length;
        let next = if self.after_refusal { next.min(length) } else { next };
        self.length = if cut { next.max(self.length) } else { next };
        self.after_refusal = false;
    }

    pub(super) fn refuse(&mut self, length: f64) {
        self.order = self.cheapest();
        let wanted = self.allowed[self.order].unwrap_or(0.5 * length);
        self.length = wanted.min(0.7 * length);
        self.after_refusal = true;
    }

    pub(super) fn shorten(&mut self, length: f64) {
        self.length = 0.5 * length;
        self.after_refusal = true;
    }
}
