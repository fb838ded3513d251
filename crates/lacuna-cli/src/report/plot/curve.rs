//! From data to what is worth drawing: without gaps, inside the panel, not denser than the eye.

use super::series::Point;

/// A curve of more points than this is thinned.
pub const MOST_POINTS: usize = 800;

/// The parts of a curve between points that are not finite.
pub fn parts(points: &[Point]) -> impl Iterator<Item = &[Point]> {
    points.split(|(x, y)| !(x.is_finite() && y.is_finite())).filter(|part| !part.is_empty())
}

/// The parts of a curve with lower ≤ y ≤ upper, cut where it crosses either bound.
pub fn clip(curve: &[Point], lower: f64, upper: f64) -> Vec<Vec<Point>> {
    let mut inside = Vec::new();
    let mut current: Vec<Point> = Vec::new();
    for pair in curve.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        // Share of the segment at which it passes each bound.
        let (at_lower, at_upper) = ((lower - y0) / (y1 - y0), (upper - y0) / (y1 - y0));
        let (start, end) = if y0 == y1 {
            if (lower..=upper).contains(&y0) { (0.0, 1.0) } else { (1.0, 0.0) }
        } else {
            (at_lower.min(at_upper).max(0.0), at_lower.max(at_upper).min(1.0))
        };
        let at = |t: f64| (x0 + t * (x1 - x0), (y0 + t * (y1 - y0)).max(lower).min(upper));
        if start >= end {
            continue;
        }
        if start > 0.0 || current.is_empty() {
            inside.extend((!current.is_empty()).then(|| std::mem::take(&mut current)));
            current.push(at(start));
        }
        current.push(at(end));
        if end < 1.0 {
            inside.push(std::mem::take(&mut current));
        }
    }
    inside.extend((!current.is_empty()).then_some(current));
    inside
}

/// At most about `most` points that keep the lowest and the highest of every stretch.
pub fn thin(curve: &[Point], most: usize) -> Vec<Point> {
    if curve.len() <= most || most < 4 {
        return curve.to_vec();
    }
    let stretch = curve.len().div_ceil(most / 2);
    let mut kept = vec![curve[0]];
    for points in curve.chunks(stretch) {
        let by_y = |a: &&Point, b: &&Point| a.1.total_cmp(&b.1);
        let (Some(&low), Some(&high)) = (points.iter().min_by(by_y), points.iter().max_by(by_y))
        else {
            continue;
        };
        kept.extend(if low.0 <= high.0 { [low, high] } else { [high, low] });
    }
    kept.extend(curve.last());
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_cut_at_the_bounds() {
        let cut = clip(&[(0.0, 0.0), (1.0, 4.0), (2.0, 0.0), (3.0, 1.0)], -1.0, 2.0);
        assert_eq!(cut, [vec![(0.0, 0.0), (0.5, 2.0)], vec![(1.5, 2.0), (2.0, 0.0), (3.0, 1.0)]]);
        assert_eq!(clip(&[(0.0, 1.0), (1.0, 1.0)], 0.0, 2.0), [vec![(0.0, 1.0), (1.0, 1.0)]]);
        assert_eq!(clip(&[(0.0, -9.0), (1.0, 9.0)], 0.0, 9.0), [vec![(0.5, 0.0), (1.0, 9.0)]]);
        assert!(clip(&[(0.0, 5.0), (1.0, 6.0)], 0.0, 2.0).is_empty());
    }

    #[test]
    fn thinning_keeps_ends_and_extremes() {
        let curve: Vec<Point> =
            (0..10_000).map(|i| (f64::from(i), if i == 777 { 5.0 } else { 0.0 })).collect();
        let thinned = thin(&curve, 100);
        assert!(thinned.len() <= 104);
        assert!(thinned.contains(&(777.0, 5.0)));
        assert_eq!((thinned[0], thinned[thinned.len() - 1]), (curve[0], curve[9999]));
    }

    #[test]
    fn gaps_split_a_curve() {
        let gap = [(0.0, 1.0), (1.0, f64::NAN), (2.0, 3.0), (3.0, f64::INFINITY)];
        assert_eq!(parts(&gap).map(<[Point]>::len).collect::<Vec<_>>(), [1, 1]);
    }
}
