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
}

/// Instructions in the order of evaluation; operands come before their operator.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Program(pub Vec<Instruction>);

impl Program {
    /// The value at x with parameters θ. The stack is left empty.
    pub fn run<D: Scalar>(&self, theta: &[D], x: &[D], stack: &mut Vec<D>) -> D {
        for instruction in &self.0 {
            let value = match *instruction {
                Instruction::Number(value) => D::constant(value),
                Instruction::Coordinate(axis) => x[axis],
                Instruction::Parameter(j) => theta[j],
                Instruction::Unary(function) => function.apply(pop(stack)),
                Instruction::Binary(function) => {
                    let right = pop(stack);
                    function.apply(pop(stack), right)
                }
            };
            stack.push(value);
        }
        pop(stack)
    }
}

fn pop<D>(stack: &mut Vec<D>) -> D {
    stack.pop().expect("the parser puts operands before their operator")
}
