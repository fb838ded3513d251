//! The functions an expression may call, each with its derivative.

use lacuna_core::Scalar;

use crate::calculus::{chain, chain2};

macro_rules! functions {
    ($(#[$doc:meta])* $kind:ident: $($name:literal $variant:ident,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub(super) enum $kind {
            $($variant,)*
        }

        impl $kind {
            /// Every name, in the order of the documentation.
            pub const NAMES: &[&str] = &[$($name,)*];

            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

functions! {
    /// Functions of one argument; `log` is the natural logarithm, `sign(0)` is 0, `heaviside(0)` ½.
    Unary:
    "sin" Sin, "cos" Cos, "tan" Tan, "asin" Asin, "acos" Acos, "atan" Atan,
    "sinh" Sinh, "cosh" Cosh, "tanh" Tanh,
    "exp" Exp, "ln" Ln, "log" Log, "log10" Log10, "log2" Log2,
    "sqrt" Sqrt, "cbrt" Cbrt, "abs" Abs, "sign" Sign, "heaviside" Heaviside,
    "-" Negate, "not" Not,
}

functions! {
    /// Functions of two arguments, operators among them. What is compared gives 1 where it is true and 0
    /// elsewhere; what is not 0 counts as true.
    Binary:
    "min" Min, "max" Max, "atan2" Atan2, "pow" Power,
    "+" Add, "-" Subtract, "*" Multiply, "/" Divide,
    "<" Less, "<=" AtMost, ">" Greater, ">=" AtLeast, "==" Equal, "!=" Unequal,
    "and" And, "or" Or,
}

impl Unary {
    pub fn apply<D: Scalar>(self, a: D) -> D {
        use std::f64::consts::{LN_2, LN_10};
        let x = a.value();
        let (value, slope) = match self {
            Self::Negate => return -a,
            Self::Sin => x.sin_cos(),
            Self::Cos => (x.cos(), -x.sin()),
            Self::Tan => (x.tan(), 1.0 + x.tan() * x.tan()),
            Self::Asin => (x.asin(), (1.0 - x * x).sqrt().recip()),
            Self::Acos => (x.acos(), -(1.0 - x * x).sqrt().recip()),
            Self::Atan => (x.atan(), (1.0 + x * x).recip()),
            Self::Sinh => (x.sinh(), x.cosh()),
            Self::Cosh => (x.cosh(), x.sinh()),
            Self::Tanh => (x.tanh(), 1.0 - x.tanh() * x.tanh()),
            Self::Exp => (x.exp(), x.exp()),
            Self::Ln | Self::Log => (x.ln(), x.recip()),
            Self::Log10 => (x.log10(), (x * LN_10).recip()),
            Self::Log2 => (x.log2(), (x * LN_2).recip()),
            Self::Sqrt => (x.sqrt(), 0.5 / x.sqrt()),
            Self::Cbrt => (x.cbrt(), (3.0 * x.cbrt() * x.cbrt()).recip()),
            Self::Abs => (x.abs(), sign(x)),
            Self::Sign => (sign(x), 0.0),
            Self::Heaviside => (0.5 * (1.0 + sign(x)), 0.0),
            Self::Not => (f64::from(u8::from(x == 0.0)), 0.0),
        };
        chain(a, value, slope)
    }
}

impl Binary {
    pub fn apply<D: Scalar>(self, a: D, b: D) -> D {
        let (x, y) = (a.value(), b.value());
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide => a / b,
            Self::Power => power(a, b),
            Self::Min => {
                if y < x || y.is_nan() {
                    b
                } else {
                    a
                }
            }
            Self::Max => {
                if y > x || y.is_nan() {
                    b
                } else {
                    a
                }
            }
            Self::Less => truth(x < y),
            Self::AtMost => truth(x <= y),
            Self::Greater => truth(x > y),
            Self::AtLeast => truth(x >= y),
            Self::Equal => truth(x == y),
            Self::Unequal => truth(x != y),
            Self::And => truth(x != 0.0 && y != 0.0),
            Self::Or => truth(x != 0.0 || y != 0.0),
            Self::Atan2 => {
                let square = x * x + y * y;
                chain2(a, b, x.atan2(y), y / square, -x / square)
            }
        }
    }
}

impl Unary {
    /// Whether it jumps where its argument is zero.
    pub fn jumps(self) -> bool {
        matches!(self, Self::Sign | Self::Heaviside)
    }
}

impl Binary {
    /// Whether it jumps where its arguments are equal.
    pub fn compares(self) -> bool {
        use Binary::{AtLeast, AtMost, Equal, Greater, Less, Unequal};
        matches!(self, Less | AtMost | Greater | AtLeast | Equal | Unequal)
    }
}

fn truth<D: Scalar>(holds: bool) -> D {
    D::constant(f64::from(u8::from(holds)))
}

fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

/// aᵇ. A negative a needs an integer b, which then must not depend on anything.
fn power<D: Scalar>(a: D, b: D) -> D {
    let (x, y) = (a.value(), b.value());
    if y == 2.0 && (0..D::TANGENTS).all(|i| b.tangent(i) == 0.0) {
        return a * a;
    }
    let value = x.powf(y);
    let along_base = if y == 0.0 { 0.0 } else { y * x.powf(y - 1.0) };
    let along_exponent = if x == 0.0 && y > 0.0 { 0.0 } else { value * x.ln() };
    chain2(a, b, value, along_base, along_exponent)
}
