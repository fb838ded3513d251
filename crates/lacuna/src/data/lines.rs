//! The line of every row, in memory that does not grow with rows that follow each other.

/// Lines of rows, as runs of neighbours.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// First row and its line of every run.
    runs: Vec<(usize, u32)>,
    len: usize,
}

impl Lines {
    /// Adds a row on `line`.
    pub(super) fn push(&mut self, line: u32) {
        let follows =
            |&(row, start): &(usize, u32)| start as usize + (self.len - row) == line as usize;
        if !self.runs.last().is_some_and(follows) {
            self.runs.push((self.len, line));
        }
        self.len += 1;
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The line of a row.
    pub(super) fn of(&self, row: usize) -> u32 {
        let run = self.runs.partition_point(|&(first, _)| first <= row).saturating_sub(1);
        self.runs.get(run).map_or(0, |&(first, line)| line + (row - first) as u32)
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len).map(|row| self.of(row))
    }
}

impl FromIterator<u32> for Lines {
    fn from_iter<I: IntoIterator<Item = u32>>(lines: I) -> Self {
        let mut all = Self::default();
        lines.into_iter().for_each(|line| all.push(line));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_lines() {
        let lines = [2, 3, 4, 7, 8, 20, 21, 22, 30];
        let kept: Lines = lines.into_iter().collect();
        assert_eq!(kept.iter().collect::<Vec<_>>(), lines);
        assert_eq!((kept.len(), kept.runs.len()), (9, 4));
    }
}
