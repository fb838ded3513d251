"""Residual and full Jacobian, and gradient of the loss, by jitted JAX.

For each residual r(theta) of networks.py (m = states x nodes, p parameters, at the theta in the data):
r and J = dr/dtheta (m x p) in one jitted call, and ||r||^2 with its gradient by reverse mode. J three ways:
`jacfwd` and `jacrev` of r as a whole, as users do; `chain`, by hand: the gradients of the networks point by
point, pushed through the linearised residual column by column. Single calls after compilation, results
awaited. ||r|| and ||J|| are printed so that the caller can check that both sides computed the same.

prints {forms: {NAME: {jacobian: {jacfwd: [seconds], jacrev: [seconds], chain: [seconds]}, gradient: [seconds],
residual_norm, jacobian_norm}}, n_params, n_residuals, versions}.
"""

import argparse
import json
import time

from networks import FORMS, Problem, versions

import jax
import jax.numpy as jnp


def timed(function, theta, budget):
    """Seconds of single calls, at least 5 and for about `budget` seconds, after two to warm up."""
    function = jax.jit(function)
    for _ in range(2):
        jax.block_until_ready(function(theta))
    seconds, end = [], time.perf_counter() + budget
    while len(seconds) < 5 or time.perf_counter() < end:
        begin = time.perf_counter()
        jax.block_until_ready(function(theta))
        seconds.append(time.perf_counter() - begin)
    return seconds


def chain(problem, form):
    """theta -> (J, r) by J = (dr/dvalues) (dvalues/dtheta)."""

    def per_point(network, theta, features):
        value = lambda theta, feature: network(theta, feature[None, :])[0]
        return jax.vmap(jax.grad(value), in_axes=(None, 0), out_axes=1)(theta, features)

    def evaluate(theta):
        kernel, potential = problem.values(theta)
        residual = lambda kernel, potential: problem.residuals_of_values(kernel, potential, form)
        r, push = jax.linearize(residual, kernel, potential)
        w, v = problem.split(theta)
        of_kernel = per_point(problem.kernel, w, problem.kernel_features)
        of_potential = per_point(problem.potential, v, problem.potential_features)
        none = jnp.zeros_like(kernel)
        left = jax.vmap(lambda column: push(column, none), out_axes=1)(of_kernel)
        right = jax.vmap(lambda column: push(none, column), out_axes=1)(of_potential)
        return jnp.concatenate([left, right], axis=1), r

    return evaluate


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--budget", type=float, default=2.0, help="seconds for each measurement")
    args = parser.parse_args()
    problem = Problem(args.data)
    theta = jnp.array(problem.theta)
    forms = {}
    for form in FORMS:
        residuals = lambda theta: problem.residuals(theta, form)
        twice = lambda theta: (residuals(theta),) * 2
        ways = {
            "jacfwd": jax.jacfwd(twice, has_aux=True),
            "jacrev": jax.jacrev(twice, has_aux=True),
            "chain": chain(problem, form),
        }
        jacobian, r = jax.jit(ways["chain"])(theta)
        check = jax.jit(ways["jacfwd"])(theta)[0]
        assert jnp.allclose(jacobian, check, rtol=1e-9, atol=1e-12), "the two Jacobians differ"
        forms[form] = {
            "jacobian": {name: timed(way, theta, args.budget) for name, way in ways.items()},
            "gradient": timed(
                jax.value_and_grad(lambda theta: problem.loss(theta, form)), theta, args.budget
            ),
            "residual_norm": float(jnp.linalg.norm(r)),
            "jacobian_norm": float(jnp.linalg.norm(jacobian)),
        }
    result = {
        "forms": forms,
        "n_params": problem.n_params,
        "n_residuals": problem.u.size,
        "versions": versions("jax", "jaxlib", "numpy"),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
