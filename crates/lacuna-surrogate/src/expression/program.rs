//! Compiled expressions: instructions for a stack of numbers.

use lacuna_core::Scalar;

use super::functions::{Binary, Unary};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Instruction {
    Number(f64),
    Coordinate(usize),
    Parameter(usize),
    Unary(Unary),
    Binary(Binary),
    /// The second of three where the first is not zero, else the third.
    Choose,
}

/// Instructions in the order of evaluation; operands come before their operator.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Program(pub Vec<Instruction>);

impl Program {
    /// The value at x with parameters θ. The stack is left empty.
    pub fn run<D: Scalar>(&self, theta: &[D], x: &[D], stack: &mut Vec<D>) -> D {
        self.watched(theta, x, stack, |_| ())
    }

    /// The same; `switch` sees the argument of every step, zero where it jumps, in one order.
    pub fn watched<D: Scalar>(
        &self,
        theta: &[D],
        x: &[D],
        stack: &mut Vec<D>,
        mut switch: impl FnMut(D),
    ) -> D {
        for instruction in &self.0 {
            let value = match *instruction {
                Instruction::Number(value) => D::constant(value),
                Instruction::Coordinate(axis) => x[axis],
                Instruction::Parameter(j) => theta[j],
                Instruction::Unary(function) => {
                    let argument = pop(stack);
                    if function.jumps() {
                        switch(argument);
                    }
                    function.apply(argument)
                }
                Instruction::Binary(function) => {
                    let (right, left) = (pop(stack), pop(stack));
                    if function.compares() {
                        switch(left - right);
                    }
                    function.apply(left, right)
                }
                Instruction::Choose => {
                    let (otherwise, chosen) = (pop(stack), pop(stack));
                    if pop(stack).value() == 0.0 { otherwise } else { chosen }
                }
            };
            stack.push(value);
        }
        pop(stack)
    }
}

impl Program {
    /// Whether it has steps.
    pub fn jumps(&self) -> bool {
        self.0.iter().any(|instruction| match instruction {
            Instruction::Unary(function) => function.jumps(),
            Instruction::Binary(function) => function.compares(),
            _ => false,
        })
    }
}

fn pop<D>(stack: &mut Vec<D>) -> D {
    stack.pop().expect("the parser puts operands before their operator")
}
