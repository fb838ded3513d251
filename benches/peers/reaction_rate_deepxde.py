"""A reaction rate k(x) from one profile by DeepXDE, as its documentation does.

0.01 u'' - k(x) u = sin(2 pi x), u(0) = u(1) = 0, u observed at 100 points: two parallel networks 2x20
(tanh, Glorot) for u and k, the equation at 50 points, Adam at 1e-3 for 20,000 iterations, in DeepXDE's
default single precision, on its JAX backend. Follows the documented example "diffusion_reaction_rate"
(Lu et al., arXiv 2111.02801).

prints {iterations, seconds (compilation included), k (relative L2 error on the points of the truth),
versions}.
"""

import argparse
import contextlib
import json
import os
import sys
import time

os.environ["DDE_BACKEND"] = "jax"

with contextlib.redirect_stdout(sys.stderr):
    import deepxde as dde

import jax.numpy as jnp
import numpy as np

from networks import versions


def train(data, seed, iterations):
    dde.config.set_random_seed(seed)
    x = np.array(data["x"])[:, None]
    u = np.array(data["u"])[:, None]

    def equation(x, y):
        u_xx, _ = dde.grad.hessian(y, x, component=0)
        values = y[0]
        return 0.01 * u_xx - values[:, 1:2] * values[:, 0:1] - jnp.sin(2 * jnp.pi * x)

    interval = dde.geometry.Interval(0, 1)
    ends = dde.icbc.DirichletBC(interval, lambda x: 0, lambda _, on_boundary: on_boundary, component=0)
    observed = dde.icbc.PointSetBC(x, u, component=0)
    points = dde.data.PDE(
        interval,
        equation,
        [ends, observed],
        num_domain=50,
        num_boundary=2,
        train_distribution="uniform",
        num_test=100,
    )
    net = dde.nn.PFNN([1, [20, 20], [20, 20], 2], "tanh", "Glorot uniform")
    model = dde.Model(points, net)
    begin = time.perf_counter()
    model.compile("adam", lr=1e-3)
    model.train(iterations=iterations, display_every=iterations)
    return model, time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--iterations", type=int, default=20_000)
    args = parser.parse_args()
    with open(args.data) as file:
        data = json.load(file)
    with contextlib.redirect_stdout(sys.stderr):
        model, seconds = train(data, args.seed, args.iterations)
        found = np.asarray(model.predict(np.array(data["k"]["x"])[:, None]))[:, 1]
    true = np.array(data["k"]["value"])
    result = {
        "seed": args.seed,
        "iterations": args.iterations,
        "seconds": seconds,
        "k": float(np.linalg.norm(found - true) / np.linalg.norm(true)),
        "versions": versions("DeepXDE", "jax", "flax", "optax"),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
