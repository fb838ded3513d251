//! How much memory there is.
//!
//! The least of what the machine has free, what the process may address (`ulimit -v`) and what its group
//! may use, where the system tells. It tells as files, on Linux; elsewhere `ASSUMED` is taken.

use std::fs;
use std::sync::LazyLock;

/// Bytes that are taken to be free where nothing is known.
const ASSUMED: f64 = 8e9;

/// Free memory in bytes, as it was when first asked for.
pub(crate) fn available() -> f64 {
    static AVAILABLE: LazyLock<f64> = LazyLock::new(|| {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let machine = free(&read("/proc/meminfo")).unwrap_or(ASSUMED);
        let process = addressable(&read("/proc/self/limits"));
        let group = read("/sys/fs/cgroup/memory.max").trim().parse().ok();
        [process, group].into_iter().flatten().fold(machine, f64::min)
    });
    *AVAILABLE
}

/// "3.2 GB".
pub(crate) fn in_words(bytes: f64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let (mut size, mut unit) = (bytes, 0);
    while size >= 1000.0 && unit + 1 < units.len() {
        (size, unit) = (size / 1000.0, unit + 1);
    }
    format!("{size:.1} {}", units[unit])
}

fn free(meminfo: &str) -> Option<f64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(1024.0 * line.split_whitespace().next()?.parse::<f64>().ok()?)
}

fn addressable(limits: &str) -> Option<f64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_tells_is_read() {
        let info = "MemTotal: 24683592 kB\nMemAvailable:   23545044 kB\n";
        assert_eq!(free(info), Some(23545044.0 * 1024.0));
        let limit = |value: &str| {
            format!("Max data size unlimited\nMax address space  {value}  {value} bytes\n")
        };
        assert_eq!(addressable(&limit("6144000000")), Some(6144000000.0));
        assert_eq!(addressable(&limit("unlimited")), None);
        assert!(available() > 0.0);
        assert_eq!((in_words(12.0), in_words(3.21e9)), ("12.0 bytes".into(), "3.2 GB".into()));
    }
}
