//! Printing for people and pipes.

/// Prints a line to standard output. A reader that has gone away (`lacuna check | head -1`) is no
/// reason to fail: what matters is in the files.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}
