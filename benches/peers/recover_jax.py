"""W and V from two states by the usual pipeline: JAX, Adam, then L-BFGS.

Minimises the published loss  sum_e ||T(u_e; theta) - u_e||^2  over the parameters of two networks (see
networks.py), in double precision: Adam (optax, cosine decay of the learning rate, steps in jitted scans of
CHUNK; of the rates 3e-3, 1e-2, 3e-2 the last served this pipeline best) and then L-BFGS from where it ended (`--lbfgs scipy`: L-BFGS-B of SciPy on a jitted value and
gradient; `--lbfgs optax`: optax.lbfgs with its zoom line search, in jitted scans; both run until the
iteration limit or until no step lowers the loss).

Seconds count from the start of training. "compiled" leaves out what ahead-of-time compilation took,
"total" includes it, stage by stage as it happens. Errors are evaluated off the clock.

prints {seed, adam_steps, lbfgs_steps, n_params, compile_seconds, seconds, total_seconds, loss, W, V,
trace: [{stage, step, compiled, total, W, V}], versions}.
"""

import argparse
import json
import time

from networks import Problem, versions

import jax
import jax.numpy as jnp
import numpy as np
import optax
import scipy.optimize

CHUNK = 100
OPTAX_CHUNK = 20
# Steps between two entries of the trace during SciPy's L-BFGS.
EVERY = 5


class Clock:
    """Seconds of training and of compilation; what is neither is not counted."""

    def __init__(self):
        self.training, self.compiling = 0.0, 0.0

    def compile(self, function, *args):
        begin = time.perf_counter()
        compiled = jax.jit(function).lower(*args).compile()
        self.compiling += time.perf_counter() - begin
        return compiled

    def now(self):
        return self.training, self.training + self.compiling


def adam(problem, theta, steps, learning_rate, clock, record):
    optimiser = optax.adam(optax.cosine_decay_schedule(learning_rate, steps, alpha=1e-3))
    loss = lambda theta: problem.loss(theta, "fixed-point")

    def step(carry, _):
        theta, state = carry
        update, state = optimiser.update(jax.grad(loss)(theta), state)
        return (optax.apply_updates(theta, update), state), None

    carry = (theta, optimiser.init(theta))
    chunk = clock.compile(lambda carry: jax.lax.scan(step, carry, length=CHUNK)[0], carry)
    for done in range(CHUNK, steps + 1, CHUNK):
        begin = time.perf_counter()
        carry = jax.block_until_ready(chunk(carry))
        clock.training += time.perf_counter() - begin
        record("adam", done, *clock.now(), carry[0])
    return carry[0]


def lbfgs_scipy(problem, theta, steps, clock, record):
    value_and_grad = clock.compile(
        jax.value_and_grad(lambda theta: problem.loss(theta, "fixed-point")), theta
    )

    def evaluate(theta):
        value, gradient = value_and_grad(theta)
        return float(value), np.asarray(gradient)

    path, begin = [], time.perf_counter()
    found = scipy.optimize.minimize(
        evaluate,
        np.asarray(theta),
        jac=True,
        method="L-BFGS-B",
        callback=lambda theta: path.append((time.perf_counter() - begin, theta.copy())),
        options={"maxiter": steps, "maxfun": 10 * steps, "maxcor": 20, "ftol": 0.0, "gtol": 0.0},
    )
    before, compiling = clock.training, clock.compiling
    clock.training += time.perf_counter() - begin
    for done, (seconds, theta) in enumerate(path, 1):
        if done % EVERY == 0 or done == len(path):
            record("lbfgs", done, before + seconds, before + seconds + compiling, theta)
    return found.x, found.nit


def lbfgs_optax(problem, theta, steps, clock, record):
    loss = lambda theta: problem.loss(theta, "fixed-point")
    optimiser = optax.lbfgs(memory_size=20)
    value_and_grad = optax.value_and_grad_from_state(loss)

    def step(carry, _):
        theta, state = carry
        value, gradient = value_and_grad(theta, state=state)
        update, state = optimiser.update(
            gradient, state, theta, value=value, grad=gradient, value_fn=loss
        )
        return (optax.apply_updates(theta, update), state), None

    carry = (theta, optimiser.init(theta))
    chunk = clock.compile(lambda carry: jax.lax.scan(step, carry, length=OPTAX_CHUNK)[0], carry)
    done = 0
    for done in range(OPTAX_CHUNK, steps + 1, OPTAX_CHUNK):
        last = carry[0]
        begin = time.perf_counter()
        carry = jax.block_until_ready(chunk(carry))
        clock.training += time.perf_counter() - begin
        record("lbfgs", done, *clock.now(), carry[0])
        if bool(jnp.all(carry[0] == last)):
            break
    return carry[0], done


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--adam-steps", type=int, default=10_000)
    parser.add_argument("--lbfgs-steps", type=int, default=5_000)
    parser.add_argument("--learning-rate", type=float, default=3e-2)
    parser.add_argument("--lbfgs", choices=("scipy", "optax"), default="scipy")
    args = parser.parse_args()

    problem = Problem(args.data)
    theta = jnp.array(problem.initial(args.seed))
    clock, path = Clock(), []

    def record(stage, step, compiled, total, theta):
        path.append(({"stage": stage, "step": step, "compiled": compiled, "total": total}, theta))

    theta = adam(problem, theta, args.adam_steps, args.learning_rate, clock, record)
    lbfgs = {"scipy": lbfgs_scipy, "optax": lbfgs_optax}[args.lbfgs]
    theta, lbfgs_steps = lbfgs(problem, theta, args.lbfgs_steps, clock, record)

    compiled, total = clock.now()
    result = {
        "seed": args.seed,
        "adam_steps": args.adam_steps,
        "lbfgs_steps": int(lbfgs_steps),
        "n_params": problem.n_params,
        "compile_seconds": clock.compiling,
        "seconds": compiled,
        "total_seconds": total,
        "loss": float(problem.loss(theta, "fixed-point")),
        **problem.errors(theta),
        "trace": [entry | problem.errors(theta) for entry, theta in path],
        "versions": versions("jax", "jaxlib", "optax", "scipy", "numpy"),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
