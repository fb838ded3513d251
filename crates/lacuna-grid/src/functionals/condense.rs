//! Many functionals in the place of which at most n stand, by an orthogonal reduction.
//!
//! With D diagonal, D L = Q R (m × n, R upper triangular with as few non-zero entries as L leaves it)
//! and columns c of length m,
//!
//! ```text
//! ‖D L u + c‖² = ‖R u + Qᵀc‖² + ‖c − Q Qᵀc‖²    for every u,
//! ```
//!
//! so that R, Qᵀc and the last norm say of u all that the m functionals say. The rows of one first node
//! are reduced among themselves, at most w rows of w nodes remain, and these together with what the
//! nodes before have left; the first row of the result is one of R. The work is O(m w²), w the number of
//! nodes of a functional, and no matrix of m rows is formed; neither is LᵀD²L, which loses half the
//! digits.
//!
//! Source: Lawson and Hanson, Solving Least Squares Problems (1974), chapter 27; Duff and Reid, ACM Trans.
//! Math. Softw. 9 (1983) 302, for the front.

use super::{Entry, Functionals};

/// Fewest rows that are reduced at once.
const FEWEST_ROWS: usize = 32;

/// R, and what becomes of columns beside the functionals.
#[derive(Clone, Debug)]
pub struct Condensed {
    /// R, n rows without offset; a row may be empty.
    pub functionals: Functionals,
    /// Qᵀc of every column, of length n.
    pub rotated: Vec<Vec<f64>>,
    /// ‖c − Q Qᵀc‖² of every column.
    pub rest: Vec<f64>,
}

impl Functionals {
    /// R for D = diag(`scale`) (m), with `columns` (each m).
    ///
    /// # Panics
    /// If a length is wrong.
    pub fn condense(&self, scale: &[f64], columns: &[&[f64]]) -> Condensed {
        let right = columns.iter().all(|column| column.len() == self.len());
        assert!(right && scale.len() == self.len(), "one scale and one entry of a column a row");
        let n = self.n_nodes;
        let mut condensed = Condensed {
            functionals: Functionals::empty(n),
            rotated: columns.iter().map(|_| Vec::with_capacity(n)).collect(),
            rest: vec![0.0; columns.len()],
        };
        let (order, starts) = self.by_first_node();
        for &i in &order[starts[n]..] {
            for (rest, column) in condensed.rest.iter_mut().zip(columns) {
                *rest += column[i] * column[i];
            }
        }
        let mut places = vec![usize::MAX; n];
        let (mut front, mut own) = (Front::new(columns.len()), Front::new(columns.len()));
        for node in 0..n {
            let bucket = &order[starts[node]..starts[node + 1]];
            own.begin(bucket.iter().flat_map(|&i| self.row(i)).map(|e| e.node), &mut places);
            let share = FEWEST_ROWS.max(2 * own.nodes.len());
            for part in bucket.chunks(share) {
                own.make_room(part.len());
                for (row, &i) in (own.rows..).zip(part) {
                    for entry in self.row(i) {
                        *own.at(row, places[entry.node]) = scale[i] * entry.weight;
                    }
                    let beside = own.nodes.len();
                    for (k, column) in columns.iter().enumerate() {
                        *own.at(row, beside + k) = column[i];
                    }
                }
                own.triangularise(own.rows + part.len(), &mut condensed.rest);
            }
            own.nodes.iter().for_each(|&node| places[node] = usize::MAX);
            front.absorb(&own, &mut places, &mut condensed.rest);
            front.hand_over(node, &mut condensed);
        }
        condensed
    }

    /// Rows in the order of their first node, and where the rows of each node begin; those without
    /// entries are last.
    fn by_first_node(&self) -> (Vec<usize>, Vec<usize>) {
        let first = |i: usize| self.row(i).first().map_or(self.n_nodes, |entry| entry.node);
        let mut starts = vec![0; self.n_nodes + 2];
        for i in 0..self.len() {
            starts[first(i) + 1] += 1;
        }
        for node in 0..=self.n_nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut order = vec![0; self.len()];
        for i in 0..self.len() {
            order[next[first(i)]] = i;
            next[first(i)] += 1;
        }
        (order, starts)
    }
}

/// Rows over some nodes, the columns beside them last.
struct Front {
    /// Ascending.
    nodes: Vec<usize>,
    /// Rows of the upper trapezium that is kept.
    rows: usize,
    /// Columns beside the nodes.
    beside: usize,
    /// One column after the other, each of `height` rows.
    block: Vec<f64>,
    height: usize,
}

impl Front {
    fn new(beside: usize) -> Self {
        Self { nodes: Vec::new(), rows: 0, beside, block: Vec::new(), height: 0 }
    }

    fn at(&mut self, row: usize, column: usize) -> &mut f64 {
        &mut self.block[column * self.height + row]
    }

    fn get(&self, row: usize, column: usize) -> f64 {
        self.block[column * self.height + row]
    }

    /// No rows over these nodes, the places of which are written down.
    fn begin(&mut self, nodes: impl Iterator<Item = usize>, places: &mut [usize]) {
        self.nodes.clear();
        for node in nodes {
            if places[node] == usize::MAX {
                places[node] = 0;
                self.nodes.push(node);
            }
        }
        self.nodes.sort_unstable();
        for (place, &node) in self.nodes.iter().enumerate() {
            places[node] = place;
        }
        self.rows = 0;
        self.height = 0;
    }

    /// Room for `more` rows of zeros under those that are kept.
    fn make_room(&mut self, more: usize) {
        let (height, width) = (self.rows + more, self.nodes.len() + self.beside);
        let mut block = vec![0.0; height * width];
        for (column, to) in block.chunks_exact_mut(height.max(1)).enumerate() {
            if self.rows > 0 {
                let from = column * self.height;
                to[..self.rows].copy_from_slice(&self.block[from..from + self.rows]);
            }
        }
        self.block = block;
        self.height = height;
    }

    /// Householder's reduction of the first `rows` rows; what is left of the columns beside the nodes
    /// goes to `rest`.
    fn triangularise(&mut self, rows: usize, rest: &mut [f64]) {
        let (height, width) = (self.height, self.nodes.len());
        self.rows = rows.min(width);
        for j in 0..self.rows {
            let (done, others) = self.block.split_at_mut((j + 1) * height);
            let pivot = &mut done[j * height + j..j * height + rows];
            let norm = pivot.iter().map(|x| x * x).sum::<f64>().sqrt();
            if norm == 0.0 {
                continue;
            }
            let diagonal = if pivot[0] > 0.0 { -norm } else { norm };
            pivot[0] -= diagonal;
            // ‖v‖² = 2 norm (norm + |x_0|).
            let scale = 1.0 / (norm * pivot[0].abs());
            for column in others.chunks_exact_mut(height) {
                let column = &mut column[j..rows];
                let along: f64 = pivot.iter().zip(column.iter()).map(|(v, x)| v * x).sum();
                let step = along * scale;
                column.iter_mut().zip(pivot.iter()).for_each(|(x, v)| *x -= step * v);
            }
            pivot.fill(0.0);
            pivot[0] = diagonal;
        }
        for (k, rest) in rest.iter_mut().enumerate() {
            let start = (width + k) * height;
            *rest += self.block[start + self.rows..start + rows].iter().map(|x| x * x).sum::<f64>();
        }
    }

    /// These rows and those of `own` together.
    fn absorb(&mut self, own: &Self, places: &mut [usize], rest: &mut [f64]) {
        if own.rows == 0 {
            return;
        }
        let mut both = Self::new(self.beside);
        both.begin(self.nodes.iter().chain(&own.nodes).copied(), places);
        both.make_room(self.rows + own.rows);
        let mut row = 0;
        for part in [&*self, own] {
            for (j, &node) in part.nodes.iter().enumerate() {
                for i in 0..part.rows {
                    *both.at(row + i, places[node]) = part.get(i, j);
                }
            }
            let width = both.nodes.len();
            for k in 0..part.beside {
                for i in 0..part.rows {
                    *both.at(row + i, width + k) = part.get(i, part.nodes.len() + k);
                }
            }
            row += part.rows;
        }
        both.triangularise(row, rest);
        both.nodes.iter().for_each(|&node| places[node] = usize::MAX);
        *self = both;
    }

    /// The row of `node`, if there is one, leaves.
    fn hand_over(&mut self, node: usize, to: &mut Condensed) {
        let has_row = self.rows > 0 && self.nodes[0] == node;
        if has_row {
            for (j, &node) in self.nodes.iter().enumerate() {
                let weight = self.get(0, j);
                if weight != 0.0 {
                    to.functionals.entries.push(Entry { node, weight });
                }
            }
        }
        to.functionals.finish_row(0.0);
        for (k, out) in to.rotated.iter_mut().enumerate() {
            out.push(if has_row { self.get(0, self.nodes.len() + k) } else { 0.0 });
        }
        if has_row {
            self.nodes.remove(0);
            self.rows -= 1;
            // Without its first column and row a trapezium is one still.
            self.block.drain(..self.height);
            let down = usize::from(!self.block.is_empty());
            self.block.rotate_left(down);
        }
        if self.rows == 0 {
            self.nodes.clear();
        }
    }
}
