"""Steady states by scipy.optimize.newton_krylov.

Solves F(u) = T(u) - u = 0, T(u) = exp(-g/sigma) / (h sum exp(-g/sigma)), g = kappa W*u + V, on n nodes of
a periodic domain, W*u by real FFT with the spectrum of W computed once. From the uniform density until
||F|| = sqrt(h sum F^2) is at most the given target. Jacobian products are SciPy's finite differences.

Reads a JSON file {diffusion, coupling, length, repeats, systems: [{n, target, W, V, state}]}; W
(displacements in FFT order), V are names of files of float64 beside it, and the state found is written to
`state`. Every inner solver is timed; the caller picks the fastest.

prints {systems: [{n, method, seconds: [...], residual, evaluations}], versions}.
"""

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import scipy.fft
from scipy.optimize import NoConvergence, newton_krylov

METHODS = ("lgmres", "gmres")


def solve(data, system, folder, method):
    sigma, kappa, n = data["diffusion"], data["coupling"], system["n"]
    h = data["length"] / n
    spectrum = kappa * h * scipy.fft.rfft(np.fromfile(folder / system["W"]))
    v = np.fromfile(folder / system["V"])
    evaluations = 0

    def residual(u):
        nonlocal evaluations
        evaluations += 1
        g = scipy.fft.irfft(spectrum * scipy.fft.rfft(u), n) + v
        boltzmann = np.exp(g / -sigma)
        return boltzmann / (h * boltzmann.sum()) - u

    norm = lambda f: np.sqrt(h * np.dot(f, f))
    guess = np.full(n, 1.0 / data["length"])
    seconds = []
    for _ in range(data["repeats"] + 1):
        evaluations = 0
        begin = time.perf_counter()
        u = newton_krylov(residual, guess, method=method, f_tol=system["target"], tol_norm=norm)
        seconds.append(time.perf_counter() - begin)
    count = evaluations
    u.tofile(folder / system["state"])
    return {
        "n": n,
        "method": method,
        "seconds": seconds[1:],
        "residual": norm(residual(u)),
        "evaluations": count,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    path = parser.parse_args().data
    data = json.loads(path.read_text())
    systems = []
    for system in data["systems"]:
        for method in METHODS:
            try:
                systems.append(solve(data, system, path.parent, method))
            except NoConvergence:
                pass
    versions = {name: version(name) for name in ("scipy", "numpy")}
    print(json.dumps({"systems": systems, "versions": versions}))


if __name__ == "__main__":
    main()
