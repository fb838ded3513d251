//! Text of an expression in x: refused with its place, or a function that can be evaluated.
#![no_main]

use lacuna::core::{Bound, Points};
use lacuna::surrogate::Expression;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Expression::new(text) {
        Ok(parsed) => {
            let function = Bound::known(std::sync::Arc::new(parsed));
            let values = function.values(&Points::line(vec![-1.0, 0.0, 0.3, 1e300]));
            assert_eq!(values.len(), 4);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
